// The audit log: what people changed, and whether the log itself is whole.
import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, readPage, type Schemas } from '../../api/client';
import { messageOf } from '../../api/problem';
import { plural } from '../../format/units';
import { ErrorState } from '../../components/error-state';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { changes } from './audit-changes';
import { describeAction } from './audit-actions';
import classes from './settings.module.css';

export function Audit() {
  const [open, setOpen] = useState<string | null>(null);
  const verified = useQuery({
    queryKey: ['audit', 'verify'],
    queryFn: ({ signal }) => read(api.GET('/v1/audit/verify', { signal })),
    staleTime: 60_000,
  });
  const log = useInfiniteQuery({
    queryKey: ['audit', 'list'],
    queryFn: ({ pageParam, signal }) =>
      readPage(api.GET('/v1/audit', { params: { query: { limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const records = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <section className={`card ${classes.panel}`}>
        <Title order={2}>Is the log whole?</Title>
        <Text className="quiet" mb="md">
          Each record holds the hash of the one before, and checkpoints are signed with a key that is not in the database. The same
          can be checked without the server: <span className="code">onecli audit verify</span>
        </Text>
        {verified.isPending ? (
          <Text className="quiet" role="status">
            Checking…
          </Text>
        ) : verified.isError ? (
          <Text c="var(--blocked)">{messageOf(verified.error)}</Text>
        ) : verified.data.ok ? (
          <Alert variant="light" color="green" icon={<IconShieldCheck size={18} />}>
            Whole: {plural(verified.data.records, 'record')} and {plural(verified.data.checkpoints, 'checkpoint')} agree.
          </Alert>
        ) : (
          <Alert variant="light" color="red" icon={<IconShieldX size={18} />} title="The log was changed">
            {verified.data.firstBad?.message ?? 'A record doesn’t agree.'}
          </Alert>
        )}
      </section>
      <section className={`card ${classes.panel}`}>
        <Title order={2} mb="xs">
          What people changed
        </Title>
        {log.isPending ? (
          <RowSkeletons rows={6} />
        ) : log.isError && log.data === undefined ? (
          <ErrorState what="The audit log" error={log.error} again={() => void log.refetch()} />
        ) : records.length === 0 ? (
          <Text className="quiet">Nothing yet.</Text>
        ) : (
          <ul className={classes.list}>
            {records.map((record) => (
              <Entry key={record.id} record={record} open={open === record.id} onToggle={() => setOpen(open === record.id ? null : record.id)} />
            ))}
          </ul>
        )}
        {log.hasNextPage && (
          <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Show older
          </Button>
        )}
      </section>
    </>
  );
}

function Entry({ record, open, onToggle }: { record: Schemas['AuditRecord']; open: boolean; onToggle: () => void }) {
  const changed = changes(record.before, record.after);
  return (
    <li className={classes.item}>
      <div>
        <Text>
          <b>{record.person?.name ?? 'Somebody'}</b> {describeAction(record.action)}{' '}
          {record.target.name && <b>{record.target.name}</b>}
        </Text>
        <Text size="sm" className="quiet">
          <TimeAgo at={record.at} /> · by {record.by.name ?? record.by.kind.replaceAll('_', ' ')} · from {record.from ?? 'this machine'}
          {record.result !== 'done' && ` · ${record.result}${record.reason ? `: ${record.reason}` : ''}`}
        </Text>
        {open && (
          <Stack gap={2} mt="xs">
            {changed.map((line) => (
              <Text key={line.name} size="sm" className="code">
                {line.name}: {line.before} → {line.after}
              </Text>
            ))}
            <Text size="sm" className="quiet code">
              {record.action} {record.hash}
            </Text>
          </Stack>
        )}
      </div>
      <Button size="compact-sm" variant="subtle" color="gray" aria-expanded={open} onClick={onToggle}>
        {open ? 'Less' : 'Everything'}
      </Button>
    </li>
  );
}
