import { describe, expect, it } from 'vitest';

import { ago, bytes, compactCount, countdown, duration, longDuration, plural } from './units';

describe('formats', () => {
  it('bytes have two significant digits', () => {
    expect([0, 999, 1000, 1_500_000, 999_600, 12_000_000_000].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 KB',
      '1.5 MB',
      '1.0 MB',
      '12 GB',
    ]);
  });
  it('durations have two significant digits', () => {
    expect([0.25, 4.26, 87.3, 1_490, 59_000, 125_000].map(duration)).toEqual([
      '250 µs',
      '4.3 ms',
      '87 ms',
      '1.5 s',
      '59 s',
      '2 minutes 5 seconds',
    ]);
  });
  it('countdowns stop at zero', () => {
    expect([-3, 0, 9, 249, 3753].map(countdown)).toEqual(['0:00', '0:00', '0:09', '4:09', '1:02:33']);
    expect([0, 60, 7800, 90_061].map(longDuration)).toEqual(['0 seconds', '1 minute', '2 hours 10 minutes', '1 day 1 hour']);
  });
  it('times are relative to now', () => {
    const now = new Date('2026-01-10T12:00:00Z');
    const at = (seconds: number) => ago(new Date(now.getTime() + seconds * 1000), now);
    expect([-2, -40, -200, -7300, -86_400, 3700].map(at)).toEqual([
      'just now',
      '40 seconds ago',
      '3 minutes ago',
      '2 hours ago',
      'yesterday',
      'in 1 hour',
    ]);
  });
  it('counts of one are singular', () => {
    expect([plural(1, 'agent'), plural(0, 'agent'), plural(2, 'reply', 'replies'), compactCount(12_345)]).toEqual([
      '1 agent',
      '0 agents',
      '2 replies',
      '12.3K',
    ]);
  });
});
