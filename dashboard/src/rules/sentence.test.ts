import { describe, expect, it } from 'vitest';

import { sentenceText } from './sentence';

const names = (id: string) => (id === 'a1' ? 'Scribe' : undefined);
const text = (rule: Parameters<typeof sentenceText>[0]) => sentenceText(rule, names);

describe('a rule as a sentence', () => {
  it('names the action, the requests and the agent', () => {
    expect(
      text({ action: 'manual_approval', hostPattern: 'api.stripe.com', pathPattern: '/v1/refunds/*', method: 'POST' }),
    ).toBe('Hold POST api.stripe.com/v1/refunds/* for approval for all agents');
    expect(text({ action: 'block', hostPattern: 'mail.test', agentId: 'a1' })).toBe('Block requests to mail.test for Scribe');
    expect(text({ action: 'allow', hostPattern: '*', agentId: 'gone' })).toBe('Allow any request for a deleted agent');
    expect(text({ action: 'block', hostPattern: '*', method: 'DELETE' })).toBe('Block DELETE to any host for all agents');
  });
  it('names several methods', () => {
    const methods = (...methods: string[]) => text({ action: 'block', hostPattern: 'api.test', method: null, methods });
    expect(methods('GET', 'POST')).toBe('Block GET or POST api.test for all agents');
    expect(methods('GET', 'POST', 'PUT')).toBe('Block GET, POST or PUT api.test for all agents');
    expect(methods('GET')).toBe('Block GET api.test for all agents');
    expect(methods()).toBe('Block requests to api.test for all agents');
    expect(text({ action: 'allow', hostPattern: '*', methods: ['GET', 'HEAD'] })).toBe('Allow GET or HEAD to any host for all agents');
  });
  it('names the limit, the timeout and the conditions', () => {
    expect(
      text({ action: 'rate_limit', hostPattern: 'api.test', pathPattern: '/*', rateLimit: 1000, rateLimitWindow: 'hour' }),
    ).toBe('Limit requests to api.test to 1,000 per hour for all agents');
    expect(text({ action: 'manual_approval', hostPattern: 'api.test', approvalTimeoutSeconds: 3600 })).toBe(
      'Hold requests to api.test for approval within 1 hour for all agents',
    );
    expect(
      text({
        action: 'block',
        hostPattern: 'api.test',
        conditions: [
          { target: 'body_json', key: '/amount', operator: 'greater_than', value: '100' },
          { target: 'header', key: 'x-a', operator: 'exists' },
        ],
      }),
    ).toBe('Block requests to api.test if body_json /amount greater than 100 and header x-a exists for all agents');
  });
});
