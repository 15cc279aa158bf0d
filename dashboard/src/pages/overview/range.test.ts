import { describe, expect, it } from 'vitest';

import { rangeQuery, stacked, totals } from './range';

const bucket = { at: '2026-01-01T00:00:00Z', requests: 10, allowed: 4, refused: 6, held: 1, limited: 2, failed: 3, bytesUp: 0, bytesDown: 0 };

describe('statistics over time', () => {
  it('are stacked, with each request counted once', () => {
    const { at, ...parts } = stacked(bucket);
    expect(at).toBe(bucket.at);
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(bucket.requests);
    expect(parts).toEqual({ Allowed: 4, Blocked: 3, Held: 1, 'Rate limited': 2 });
  });
  it('are summed', () => {
    expect(totals([bucket, bucket])).toEqual({ requests: 20, allowed: 8, refused: 12, failed: 6 });
    expect(totals([]).requests).toBe(0);
  });
  it('include the current minute', () => {
    const query = rangeQuery('1h', new Date('2026-01-01T12:00:00Z'));
    expect(query).toEqual({ from: '2026-01-01T11:01:00.000Z', to: '2026-01-01T12:01:00.000Z', bucket: 'minute' });
  });
});
