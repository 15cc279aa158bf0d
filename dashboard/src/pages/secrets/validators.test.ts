import { describe, expect, it } from 'vitest';

import { validators } from './validators';

const { hosts } = validators(true);

describe('the hosts of a secret', () => {
  it('may be several', () => {
    expect(hosts('api.github.com\n*.github.com, github.com:8443')).toBeNull();
  });
  it('are checked one by one', () => {
    expect(hosts('  \n')).toMatch(/Enter a host/);
    expect(hosts('api.github.com\nhttps://github.com')).toMatch(/“https:\/\/github.com” is not a host/);
    expect(hosts('api.github.com\n*')).toMatch(/all hosts/);
  });
});
