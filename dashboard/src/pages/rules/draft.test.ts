import { describe, expect, it } from 'vitest';

import { bodyOf, EMPTY, formOf, fromLink, suggestName } from './draft';

describe('a rule draft', () => {
  it('sends only the fields of its action', () => {
    const limit = bodyOf({ ...EMPTY, action: 'rate_limit', hostPattern: ' api.test ', rateLimit: '5' });
    expect(limit).toMatchObject({ hostPattern: 'api.test', rateLimit: 5, rateLimitWindow: 'minute', pathPattern: null, method: null, methods: null });
    expect(limit).not.toHaveProperty('approvalTimeoutSeconds');
    expect(bodyOf({ ...EMPTY, action: 'block', hostPattern: 'a.test' })).not.toHaveProperty('rateLimit');
  });
  it('sends only the fields that a condition has', () => {
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
  it('survives a round trip through the API', () => {
    for (const methods of [[], ['POST'], ['POST', 'PUT']]) {
      const body = bodyOf({ ...EMPTY, name: 'n', hostPattern: 'a.test', pathPattern: '/v1/*', methods, agentId: 'a1' });
      const stored = { ...body, id: '1', createdAt: '', caseInsensitive: false, enabled: true, conditions: [] };
      expect(formOf(stored).methods).toEqual(methods);
      expect(bodyOf(formOf(stored))).toEqual(body);
    }
  });
  it('has a descriptive default name', () => {
    expect(suggestName({ ...EMPTY, action: 'block', methods: ['DELETE'], hostPattern: 'api.github.com', pathPattern: '/repos/*' })).toBe(
      'Block DELETE api.github.com/repos/*',
    );
    expect(suggestName({ ...EMPTY, action: 'block', methods: ['PUT', 'DELETE'], hostPattern: 'a.test' })).toBe('Block PUT or DELETE a.test');
    expect(suggestName({ ...EMPTY, action: 'allow', hostPattern: '*', pathPattern: '/*' })).toBe('Allow all hosts');
  });
  it('is prefilled from a link, with valid values only', () => {
    expect(fromLink('?host=api.test&path=/v1/x%3Fa%3D1&method=post&action=block&agentId=a1&name=N')).toEqual({
      hostPattern: 'api.test',
      pathPattern: '/v1/x',
      methods: ['POST'],
      action: 'block',
      agentId: 'a1',
      name: 'N',
    });
    expect(fromLink('?method=put,brew,get')).toEqual({ methods: ['GET', 'PUT'] });
    expect(fromLink('?method=BREW&action=explode')).toEqual({});
  });
});
