// Time ranges of the statistics, and their totals.
import type { Schemas } from '../../api/client';

export type Range = '1h' | '24h' | '7d' | '30d';

interface Span {
  label: string;
  seconds: number;
  bucket: 'minute' | 'hour' | 'day';
}

export const RANGES: Record<Range, Span> = {
  '1h': { label: '1 hour', seconds: 3600, bucket: 'minute' },
  '24h': { label: '24 hours', seconds: 86_400, bucket: 'hour' },
  '7d': { label: '7 days', seconds: 7 * 86_400, bucket: 'hour' },
  '30d': { label: '30 days', seconds: 30 * 86_400, bucket: 'day' },
};

export function rangeQuery(range: Range, now: Date) {
  const { seconds, bucket } = RANGES[range];
  // A minute ahead, so that the current minute is included.
  const to = new Date(now.getTime() + 60_000);
  return { from: new Date(to.getTime() - seconds * 1000).toISOString(), to: to.toISOString(), bucket };
}

export function totals(series: readonly Schemas['Bucket'][]) {
  const sum = (of: 'requests' | 'allowed' | 'refused' | 'failed') => series.reduce((all, bucket) => all + bucket[of], 0);
  return { requests: sum('requests'), allowed: sum('allowed'), refused: sum('refused'), failed: sum('failed') };
}

/** A bucket as the chart stacks it, with each request counted once. */
export function stacked(bucket: Schemas['Bucket']) {
  const { allowed, refused, held, limited } = bucket;
  return { at: bucket.at, Allowed: allowed, Blocked: Math.max(0, refused - held - limited), Held: held, 'Rate limited': limited };
}
