import { describe, expect, it } from 'vitest';

import { bodyOf, EMPTY, formOf, fromLink, suggestName } from './draft';

describe('a rule while it is written', () => {
  it('goes to the API with what its action has, and nothing else', () => {
    const limit = bodyOf({ ...EMPTY, action: 'rate_limit', hostPattern: ' api.test ', rateLimit: '5' });
    expect(limit).toMatchObject({ hostPattern: 'api.test', rateLimit: 5, rateLimitWindow: 'minute', pathPattern: null, method: null });
    expect(limit).not.toHaveProperty('approvalTimeoutSeconds');
    expect(bodyOf({ ...EMPTY, action: 'block', hostPattern: 'a.test' })).not.toHaveProperty('rateLimit');
  });
  it('gives conditions only what they take', () => {
    const body = bodyOf({
      ...EMPTY,
      hostPattern: 'a.test',
      conditions: [
        { target: 'body', key: 'left over', operator: 'contains', value: 'x' },
        { target: 'header', key: 'x-a', operator: 'exists', value: 'left over' },
      ],
    });
    expect(body.conditions).toEqual([
      { target: 'body', operator: 'contains', value: 'x' },
      { target: 'header', key: 'x-a', operator: 'exists' },
    ]);
  });
  it('comes back as it went', () => {
    const body = bodyOf({ ...EMPTY, name: 'n', hostPattern: 'a.test', pathPattern: '/v1/*', method: 'POST', agentId: 'a1' });
    const stored = { ...body, id: '1', createdAt: '', caseInsensitive: false, enabled: true, conditions: [] };
    expect(bodyOf(formOf(stored))).toEqual(body);
  });
  it('has a name that says enough', () => {
    expect(suggestName({ ...EMPTY, action: 'block', method: 'DELETE', hostPattern: 'api.github.com', pathPattern: '/repos/*' })).toBe(
      'Block DELETE api.github.com/repos/*',
    );
    expect(suggestName({ ...EMPTY, action: 'allow', hostPattern: '*', pathPattern: '/*' })).toBe('Allow everything');
  });
  it('is filled in by a link, but only with what can be', () => {
    expect(fromLink('?host=api.test&path=/v1/x%3Fa%3D1&method=post&action=block&agentId=a1&name=N')).toEqual({
      hostPattern: 'api.test',
      pathPattern: '/v1/x',
      method: 'POST',
      action: 'block',
      agentId: 'a1',
      name: 'N',
    });
    expect(fromLink('?method=BREW&action=explode')).toEqual({});
  });
});
