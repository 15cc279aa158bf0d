// A chart of requests over time, stacked by verdict.
import { BarChart } from '@mantine/charts';
import '@mantine/charts/styles.css';

import type { Schemas } from '../../api/client';
import { count } from '../../format/units';
import { stacked } from './range';

const SERIES = [
  { name: 'Allowed', color: 'var(--allowed)' },
  { name: 'Blocked', color: 'var(--blocked)' },
  { name: 'Held', color: 'var(--held)' },
  { name: 'Rate limited', color: 'var(--rate-limited)' },
];

export default function TrafficChart({ stats }: { stats: Schemas['Stats'] }) {
  const format = new Intl.DateTimeFormat(undefined, stats.bucket === 'day' ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', ...(stats.series.length > 30 && stats.bucket === 'hour' && { weekday: 'short' }) });
  const data = stats.series.map((bucket) => ({ ...stacked(bucket), at: format.format(new Date(bucket.at)) }));
  return (
    <BarChart
      h={260}
      type="stacked"
      data={data}
      dataKey="at"
      series={SERIES}
      withLegend
      legendProps={{ verticalAlign: 'bottom' }}
      valueFormatter={count}
      gridAxis="x"
      tickLine="none"
      barProps={{ isAnimationActive: false, maxBarSize: 34 }}
      xAxisProps={{ minTickGap: 28 }}
    />
  );
}
