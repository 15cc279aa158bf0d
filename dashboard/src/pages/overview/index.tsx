// Overview: statistics and items that need attention, or the first steps on a new installation.
import { Anchor, SegmentedControl, Text, Title } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, useRef, useState } from 'react';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { attentionQuery, countsQuery, secretsQuery } from '../../api/queries';
import { compactCount } from '../../format/units';
import { pendingQuery } from '../../live/approvals';
import { useEvents } from '../../live/events';
import { ErrorState } from '../../components/error-state';
import { PageHeader } from '../../components/page-header';
import { BlockSkeleton } from '../../components/skeletons';
import { onDemand } from '../../shell/on-demand';
import { useNow } from '../../components/use-now';
import { REFUSED } from '../activity/filters';
import { Attention } from './attention';
import { TopList } from './top-list';
import { FirstSteps } from './first-steps';
import classes from './overview.module.css';
import { RANGES, type Range, rangeQuery, totals } from './range';

const { Component: TrafficChart, load: loadChart } = onDemand(() => import('./traffic-chart'));
// Preloaded in parallel with the statistics.
void loadChart().catch(() => undefined);

export default function OverviewPage() {
  const counts = useQuery(countsQuery);
  const secrets = useQuery(secretsQuery);
  // Loaded before anything is shown, so that the layout doesn’t shift.
  const attention = useQuery(attentionQuery);
  const pending = useQuery(pendingQuery);
  if (counts.data === undefined || secrets.data === undefined || attention.isPending || pending.isPending) {
    return (
      <>
        <PageHeader title="Overview" />
        {counts.isError || secrets.isError ? (
          <ErrorState subject="the overview" error={counts.error ?? secrets.error} onRetry={() => void counts.refetch()} />
        ) : (
          <BlockSkeleton height={420} />
        )}
      </>
    );
  }
  return counts.data.activity === 0 ? <FirstSteps hasSecret={secrets.data.length > 0} /> : <Statistics />;
}

function Statistics() {
  const [range, setRange] = useState<Range>('24h');
  const minute = Math.floor(useNow(30_000).getTime() / 60_000);
  const durationMs = useRef(0);
  const stats = useQuery({
    queryKey: ['activity', 'stats', range, minute],
    queryFn: async ({ signal }) => {
      const started = performance.now();
      const result = await read(api.GET('/v1/stats', { params: { query: rangeQuery(range, new Date(minute * 60_000)) }, signal }));
      durationMs.current = performance.now() - started;
      return result;
    },
    placeholderData: keepPreviousData,
  });
  const client = useQueryClient();
  // Refreshed while agents are active, at most 5 % of the time, because statistics over millions of requests are expensive.
  const refresh = useThrottledCallback(() => {
    const earliest = stats.dataUpdatedAt + 20 * durationMs.current;
    if (Date.now() >= earliest) {
      void client.invalidateQueries({ queryKey: ['activity', 'stats'] }, { cancelRefetch: false });
      void client.invalidateQueries({ queryKey: attentionQuery.queryKey }, { cancelRefetch: false });
    }
  }, 4000);
  const connection = useEvents('/v1/activity/stream', ['activity'], refresh);
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          <SegmentedControl
            aria-label="Time range"
            size="xs"
            value={range}
            onChange={(value) => setRange(value as Range)}
            data={Object.entries(RANGES).map(([value, { label }]) => ({ value, label }))}
          />
        }
      />
      <Attention />
      {stats.data === undefined ? (
        stats.isError ? (
          <ErrorState subject="the statistics" error={stats.error} onRetry={() => void stats.refetch()} />
        ) : (
          <BlockSkeleton height={420} />
        )
      ) : (
        <>
          <Tiles stats={stats.data} since={range} />
          <section className={`card ${classes.chart}`} aria-label="Requests over time">
            <div className={classes.chartHead}>
              <Title order={2}>Requests over time</Title>
              <Text size="sm" className="quiet" data-connection={connection}>
                by verdict
              </Text>
            </div>
            <Suspense fallback={<BlockSkeleton height={260} />}>
              <TrafficChart stats={stats.data} />
            </Suspense>
          </section>
          <div className={classes.columns}>
            <TopList
              title="Busiest agents"
              rows={stats.data.agents.map((one) => ({ ...one, key: one.id, href: `/agents/${one.id}` }))}
            />
            <TopList
              title="Busiest hosts"
              code
              rows={stats.data.hosts.map((one) => ({ ...one, key: one.host, name: one.host, href: `/activity?host=${encodeURIComponent(one.host)}` }))}
            />
            <TopList
              title="Most used secrets"
              rows={stats.data.secrets.map((one) => ({ ...one, refused: 0, failed: 0, key: one.id, href: `/secrets/${one.id}` }))}
            />
          </div>
        </>
      )}
    </>
  );
}

function Tiles({ stats, since }: { stats: Schemas['Stats']; since: Range }) {
  const all = totals(stats.series);
  const rate = all.requests === 0 ? 0 : (all.failed / all.requests) * 100;
  const tiles = [
    { label: 'Requests', value: compactCount(all.requests), href: `/activity?since=${since}` },
    { label: 'Allowed', value: compactCount(all.allowed), href: `/activity?verdict=allow&since=${since}` },
    { label: 'Refused', value: compactCount(all.refused), href: `/activity?verdict=${REFUSED}&since=${since}` },
    { label: 'Failed', value: `${rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate)} %`, href: `/activity?status=5xx&since=${since}`, note: 'Status 5xx or no response' },
  ];
  return (
    <ul className={classes.tiles}>
      {tiles.map((tile) => (
        <li key={tile.label} className={`card ${classes.tile}`}>
          <Text size="sm" className="quiet" title={tile.note}>
            {tile.label}
          </Text>
          <Anchor component={Link} href={tile.href} className={`number ${classes.value}`} underline="never">
            {tile.value}
          </Anchor>
        </li>
      ))}
    </ul>
  );
}
