// The live table: filters, the stream, what was loaded before, and the details of one request.
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
import { fits, isFiltered, queryOf, readFilters, writeFilters } from './filters';
import { add, join, MOST_LIVE } from './live-records';
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
  const [waiting, setWaiting] = useState<readonly Record[]>([]);
  const [shownFor, setShownFor] = useState(search);
  if (shownFor !== search) {
    // Other filters are another view: what came before belongs to the old one.
    setShownFor(search);
    setLive([]);
    setWaiting([]);
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
  const take = (fresh: readonly Record[]) => {
    if (live.length + fresh.length <= MOST_LIVE) {
      setLive((all) => add(all, fresh));
      return;
    }
    setLive([]);
    client.setQueryData(list.queryKey, (all) => all && { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) });
    void client.invalidateQueries({ queryKey: list.queryKey });
  };
  // Gathered for a moment: where many come at once, the page is drawn anew a few times a second, not for each.
  const gathered = useRef<Record[]>([]);
  const show = useThrottledCallback((asked: string) => {
    const fresh = gathered.current;
    gathered.current = [];
    if (asked !== search) {
      return;
    }
    if (paused) {
      setWaiting((all) => add(all, fresh).slice(0, MOST_LIVE + 1));
    } else {
      take(fresh);
    }
  }, 150);
  const link = useEvents('/v1/activity/stream', ['activity'], (_, data) => {
    const record = data as Record;
    if (fits(record, filters)) {
      gathered.current.push(record);
      show(search);
    }
  });
  const resume = () => {
    take(waiting);
    setWaiting([]);
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
        about="Each request of each agent leaves one record, allowed or not. Values of query parameters are masked."
        actions={
          <>
            <Text size="sm" className={classes.link} data-link={paused ? 'paused' : link} role="status">
              {paused ? `Paused${waiting.length > 0 ? `, ${waiting.length > MOST_LIVE ? 'more than ' : ''}${plural(Math.min(waiting.length, MOST_LIVE), 'new request')}` : ''}` : link === 'open' ? 'Live' : 'Connecting…'}
            </Text>
            <Button
              variant="default"
              leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
              onClick={() => (paused ? resume() : setPaused(true))}
            >
              {paused ? 'Go on' : 'Pause'}
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconDownload size={16} />}>
                  Export
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>What the filters show</Menu.Label>
                <Menu.Item component="a" href={`/v1/activity/export?format=csv&${exported.toString()}`} download>
                  As CSV
                </Menu.Item>
                <Menu.Item component="a" href={`/v1/activity/export?format=jsonl&${exported.toString()}`} download>
                  As JSON lines
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
        <ErrorState what="Activity" error={loaded.error} again={() => void loaded.refetch()} />
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
          <Text className="quiet">Older ones can’t be loaded.</Text>
          <Button variant="default" onClick={() => void loaded.fetchNextPage()}>
            Try again
          </Button>
        </Group>
      )}
      <RecordPanel id={selected} onClose={() => pick(null)} />
    </>
  );
}
