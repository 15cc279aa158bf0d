import { describe, expect, it } from 'vitest';

import { EMPTY, formOf, fromLink, hostFields, injectionOf, placementOf, preview } from './injection';

const lines = (draft: Parameters<typeof preview>[0]) =>
  preview(draft).map((line) => line.before + (line.value ? '▪' : '') + line.after);

describe('the injection of a secret', () => {
  it('is previewed as it will be sent', () => {
    const header = { ...EMPTY, hosts: '*.stripe.com', pathPattern: '/v1/*' };
    expect(lines(header)).toEqual(['GET /v1/… HTTP/1.1', 'Host: api.stripe.com', 'Authorization: Bearer ▪']);
    expect(lines({ ...EMPTY, valueFormat: 'Basic {base64:user:{value}}' })[2]).toBe('Authorization: Basic base64(user:▪)');
    expect(lines({ ...EMPTY, placement: 'param', paramName: 'key' })[0]).toBe('GET /v1/things?key=▪ HTTP/1.1');
    expect(lines({ ...EMPTY, placement: 'path', pathTemplate: '/bot{value}/*' })[0]).toBe('GET /bot▪/… HTTP/1.1');
    expect(lines({ ...EMPTY, type: 'anthropic' })[2]).toBe('x-api-key: ▪');
    expect(lines({ ...EMPTY, placement: 'placeholder' }).join()).not.toContain('▪');
  });
  it('has one placement in the API and survives a round trip', () => {
    for (const placement of ['header', 'param', 'path', 'placeholder'] as const) {
      const draft = { ...EMPTY, placement, paramName: 'key', pathTemplate: '/bot{value}/*' };
      const config = injectionOf(draft);
      expect(placementOf(config).placement).toBe(placement);
      expect(Object.keys(config ?? {}).length).toBeLessThanOrEqual(2);
    }
    expect(injectionOf({ ...EMPTY, type: 'openai' })).toBeNull();
  });
  it('has no value when it is edited', () => {
    const secret = { name: 'n', type: 'generic', hostPattern: 'a.test', allowPlaintext: false } as Parameters<typeof formOf>[0];
    expect(formOf(secret).value).toBe('');
  });
  it('covers all hosts of the secret', () => {
    const hostPatterns = ['api.github.com', 'github.com', '*.githubusercontent.com'];
    const secret = { name: 'n', type: 'generic', hostPattern: 'api.github.com', hostPatterns, allowPlaintext: false } as Parameters<typeof formOf>[0];
    expect(formOf(secret).hosts).toBe('api.github.com\ngithub.com\n*.githubusercontent.com');
    expect(hostFields(formOf(secret))).toEqual({ hostPattern: 'api.github.com', hostPatterns });
    expect(hostFields({ ...EMPTY, hosts: ' a.test,b.test\n\na.test ' })).toEqual({ hostPattern: 'a.test', hostPatterns: ['a.test', 'b.test'] });
    expect(lines({ ...EMPTY, hosts: 'b.test\na.test' })[1]).toBe('Host: b.test');
  });
  it('is prefilled from a link, with valid values only', () => {
    expect(fromLink('?host=api.test&header=X-Key&format=Key%20%7Bvalue%7D&name=N&path=/v1/*')).toEqual({
      hosts: 'api.test',
      pathPattern: '/v1/*',
      name: 'N',
      placement: 'header',
      headerName: 'X-Key',
      valueFormat: 'Key {value}',
    });
    expect(fromLink('?param=key&format=no-place')).toEqual({ placement: 'param', paramName: 'key' });
    expect(fromLink('?type=evil')).toEqual({});
    expect(fromLink('?host=api.github.com&host=github.com').hosts).toBe('api.github.com\ngithub.com');
  });
});
