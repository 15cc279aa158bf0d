// The activity page: filters, the live list of records and the details of one record.
import { Button, Group, Menu, Text } from '@mantine/core';
import { IconDownload, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useThrottledCallback } from '@mantine/hooks';
import { infiniteQueryOptions, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';

import { api, readPage, type Schemas } from '../../api/client';
import { plural } from '../../format/units';
import { useEvents } from '../../live/events';
import { ErrorState } from '../../components/error-state';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { FilterBar } from './filter-bar';
import { isFiltered, matches, queryOf, readFilters, writeFilters } from './filters';
import { add, join, MAX_LIVE } from './live-records';
import { NoRecords } from './no-records';
import { RecordPanel } from './record-panel';
import { RecordTable } from './record-table';
import classes from './activity.module.css';

type Record = Schemas['Record'];

export function ActivityPage({ selected }: { selected: string }) {
  const search = useSearch();
  const [, go] = useLocation();
  const filters = readFilters(search);
  const client = useQueryClient();
  const [paused, setPaused] = useState(false);
  const [live, setLive] = useState<readonly Record[]>([]);
  const [pausedRecords, setPausedRecords] = useState<readonly Record[]>([]);
  const [shownFor, setShownFor] = useState(search);
  if (shownFor !== search) {
    // Changed filters discard the live records of the previous ones.
    setShownFor(search);
    setLive([]);
    setPausedRecords([]);
  }

  const list = infiniteQueryOptions({
    queryKey: ['activity', 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      readPage(
        api.GET('/v1/activity', { params: { query: { ...queryOf(filters, new Date()), limit: 200, cursor: pageParam } }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const loaded = useInfiniteQuery(list);
  const addRecords = (fresh: readonly Record[]) => {
    if (live.length + fresh.length <= MAX_LIVE) {
      setLive((all) => add(all, fresh));
      return;
    }
    setLive([]);
    client.setQueryData(list.queryKey, (all) => all && { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) });
    void client.invalidateQueries({ queryKey: list.queryKey });
  };
  // Events are buffered so that bursts cause a few renders per second rather than one per record.
  const buffer = useRef<Record[]>([]);
  const flush = useThrottledCallback((forSearch: string) => {
    const fresh = buffer.current;
    buffer.current = [];
    if (forSearch !== search) {
      return;
    }
    if (paused) {
      setPausedRecords((all) => add(all, fresh).slice(0, MAX_LIVE + 1));
    } else {
      addRecords(fresh);
    }
  }, 150);
  const connection = useEvents('/v1/activity/stream', ['activity'], (_, data) => {
    const record = data as Record;
    if (matches(record, filters)) {
      buffer.current.push(record);
      flush(search);
    }
  });
  const resume = () => {
    addRecords(pausedRecords);
    setPausedRecords([]);
    setPaused(false);
  };
  const older = useMemo(() => loaded.data?.pages.flatMap((page) => page.items) ?? [], [loaded.data]);
  const records = useMemo(() => join(live, older), [live, older]);
  const pick = (id: string | null) => go(id === null ? `/activity${search && `?${search}`}` : `/activity/${id}${search && `?${search}`}`);
  const exported = new URLSearchParams(queryOf(filters, new Date()));

  return (
    <>
      <PageHeader
        title="Activity"
        description="Every agent request is recorded, whether allowed or not. Query parameter values are masked."
        actions={
          <>
            <Text size="sm" className={classes.link} data-connection={paused ? 'paused' : connection} role="status">
              {paused ? `Paused${pausedRecords.length > 0 ? `, ${pausedRecords.length > MAX_LIVE ? 'more than ' : ''}${plural(Math.min(pausedRecords.length, MAX_LIVE), 'new request')}` : ''}` : connection === 'open' ? 'Live' : 'Connecting…'}
            </Text>
            <Button
              variant="default"
              leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
              onClick={() => (paused ? resume() : setPaused(true))}
            >
              {paused ? 'Resume' : 'Pause'}
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconDownload size={16} />}>
                  Export
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>Filtered records</Menu.Label>
                <Menu.Item component="a" href={`/v1/activity/export?format=csv&${exported.toString()}`} download>
                  CSV
                </Menu.Item>
                <Menu.Item component="a" href={`/v1/activity/export?format=jsonl&${exported.toString()}`} download>
                  JSON Lines
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <FilterBar filters={filters} onChange={(next) => go(`/activity${writeFilters(next)}`, { replace: true })} />
      {loaded.isPending ? (
        <RowSkeletons rows={12} height={40} />
      ) : loaded.isError && loaded.data === undefined ? (
        <ErrorState subject="activity" error={loaded.error} onRetry={() => void loaded.refetch()} />
      ) : records.length === 0 ? (
        <NoRecords filtered={isFiltered(filters)} onClear={() => go('/activity')} />
      ) : (
        <RecordTable
          records={records}
          selected={selected}
          onSelect={pick}
          more={loaded.hasNextPage && !loaded.isFetchNextPageError}
          loading={loaded.isFetchingNextPage}
          onMore={() => void loaded.fetchNextPage()}
        />
      )}
      {loaded.isFetchNextPageError && (
        <Group justify="center" mt="md">
          <Text className="quiet">Couldn’t load older requests.</Text>
          <Button variant="default" onClick={() => void loaded.fetchNextPage()}>
            Try again
          </Button>
        </Group>
      )}
      <RecordPanel id={selected} onClose={() => pick(null)} />
    </>
  );
}
