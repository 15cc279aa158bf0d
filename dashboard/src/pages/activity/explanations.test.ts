import { describe, expect, it } from 'vitest';

import { explainAlarm, explainError } from './explanations';

describe('codes of the gateway', () => {
  it('are explained', () => {
    for (const code of ['headers_too_large', 'agent_suspended', 'method_not_allowed', 'cancelled', 'upstream_timeout']) {
      expect(explainError(code).text).not.toBe(explainError('never_heard_of').text);
    }
  });
  it('are shown by name where they are unknown', () => {
    expect(explainError('never_heard_of').title).toBe('Never heard of');
    expect(explainAlarm('odd_traffic').title).toBe('Odd traffic');
    // Object.prototype has properties, too.
    expect(explainError('constructor').title).toBe('Constructor');
  });
});
