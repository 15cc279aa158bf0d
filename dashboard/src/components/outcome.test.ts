import { describe, expect, it } from 'vitest';

import { badgeOf, readable } from './outcome';

describe('the badge of a record', () => {
  it('tells verdicts apart', () => {
    const outcomes = ['allow', 'block', 'default_deny', 'hold', 'rate_limit', 'refuse'].map((verdict) => badgeOf({ verdict }));
    expect(outcomes).toEqual([
      { outcome: 'allowed' },
      { outcome: 'blocked' },
      { outcome: 'blocked' },
      { outcome: 'held' },
      { outcome: 'rate-limited' },
      { outcome: 'blocked', text: 'Refused' },
    ]);
  });
  it('tells failed and cancelled requests from allowed ones', () => {
    expect(badgeOf({ verdict: 'allow', error: null })).toEqual({ outcome: 'allowed' });
    expect(badgeOf({ verdict: 'allow', error: 'upstream_timeout' })).toEqual({ outcome: 'failed' });
    expect(badgeOf({ verdict: 'allow', error: 'cancelled' })).toEqual({ outcome: 'neutral', text: 'Cancelled' });
    expect(badgeOf({ verdict: 'hold', error: 'cancelled' })).toEqual({ outcome: 'held' });
  });
  it('shows unknown verdicts by name', () => {
    expect(badgeOf({ verdict: 'shadow_block' })).toEqual({ outcome: 'neutral', text: 'Shadow block' });
    expect(readable('')).toBe('');
  });
});
