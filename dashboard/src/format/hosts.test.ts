import { describe, expect, it } from 'vitest';

import { hostsOf, hostsText, readHosts } from './hosts';

describe('hosts', () => {
  it('are read from what was typed or pasted', () => {
    expect(readHosts(' api.github.com\r\n*.github.com, api.github.com;github.com \n')).toEqual(['api.github.com', '*.github.com', 'github.com']);
    expect(readHosts(' \n ')).toEqual([]);
  });
  it('are all shown', () => {
    expect(hostsOf({ hostPattern: 'a.test' })).toEqual(['a.test']);
    expect(hostsOf({ hostPattern: 'a.test', hostPatterns: ['a.test', 'b.test'] })).toEqual(['a.test', 'b.test']);
    expect(hostsText({ hostPattern: 'a.test', pathPattern: '/v1/*' })).toBe('a.test/v1/*');
    expect(hostsText({ hostPattern: 'a.test', hostPatterns: ['a.test', 'b.test'], pathPattern: '/v1/*' })).toBe('a.test, b.test /v1/*');
  });
});
