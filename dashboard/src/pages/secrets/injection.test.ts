import { describe, expect, it } from 'vitest';

import { EMPTY, formOf, fromLink, injectionOf, preview, wayOf } from './injection';

const lines = (draft: Parameters<typeof preview>[0]) =>
  preview(draft).map((line) => line.before + (line.value ? '▪' : '') + line.after);

describe('how a secret is put into a request', () => {
  it('is shown as it will be sent', () => {
    const header = { ...EMPTY, hostPattern: '*.stripe.com', pathPattern: '/v1/*' };
    expect(lines(header)).toEqual(['GET /v1/… HTTP/1.1', 'Host: api.stripe.com', 'Authorization: Bearer ▪']);
    expect(lines({ ...EMPTY, valueFormat: 'Basic {base64:user:{value}}' })[2]).toBe('Authorization: Basic base64(user:▪)');
    expect(lines({ ...EMPTY, way: 'param', paramName: 'key' })[0]).toBe('GET /v1/things?key=▪ HTTP/1.1');
    expect(lines({ ...EMPTY, way: 'path', pathTemplate: '/bot{value}/*' })[0]).toBe('GET /bot▪/… HTTP/1.1');
    expect(lines({ ...EMPTY, type: 'anthropic' })[2]).toBe('x-api-key: ▪');
    expect(lines({ ...EMPTY, way: 'placeholder' }).join()).not.toContain('▪');
  });
  it('goes to the API as one way, and comes back as that', () => {
    for (const way of ['header', 'param', 'path', 'placeholder'] as const) {
      const draft = { ...EMPTY, way, paramName: 'key', pathTemplate: '/bot{value}/*' };
      const config = injectionOf(draft);
      expect(wayOf(config).way).toBe(way);
      expect(Object.keys(config ?? {}).length).toBeLessThanOrEqual(2);
    }
    expect(injectionOf({ ...EMPTY, type: 'openai' })).toBeNull();
  });
  it('never comes with the value', () => {
    const secret = { name: 'n', type: 'generic', hostPattern: 'a.test', allowPlaintext: false } as Parameters<typeof formOf>[0];
    expect(formOf(secret).value).toBe('');
  });
  it('is filled in by a link, but only with what makes sense', () => {
    expect(fromLink('?host=api.test&header=X-Key&format=Key%20%7Bvalue%7D&name=N&path=/v1/*')).toEqual({
      hostPattern: 'api.test',
      pathPattern: '/v1/*',
      name: 'N',
      way: 'header',
      headerName: 'X-Key',
      valueFormat: 'Key {value}',
    });
    expect(fromLink('?param=key&format=no-place')).toEqual({ way: 'param', paramName: 'key' });
    expect(fromLink('?type=evil')).toEqual({});
  });
});
