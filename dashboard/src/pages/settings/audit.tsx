// The audit log: its integrity check and its records.
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
        <Title order={2}>Log integrity</Title>
        <Text className="quiet" mb="md">
          Each record contains the hash of the previous one, and checkpoints are signed with a key outside the database. To verify
          the log without the server, run <span className="code">onecli audit verify</span>
        </Text>
        {verified.isPending ? (
          <Text className="quiet" role="status">
            Verifying…
          </Text>
        ) : verified.isError ? (
          <Text c="var(--blocked)">{messageOf(verified.error)}</Text>
        ) : verified.data.ok ? (
          <Alert variant="light" color="green" icon={<IconShieldCheck size={18} />}>
            Intact: {plural(verified.data.records, 'record')} and {plural(verified.data.checkpoints, 'checkpoint')} verified.
          </Alert>
        ) : (
          <Alert variant="light" color="red" icon={<IconShieldX size={18} />} title="The log was tampered with">
            {verified.data.firstBad?.message ?? 'A record doesn’t match its hash.'}
          </Alert>
        )}
      </section>
      <section className={`card ${classes.panel}`}>
        <Title order={2} mb="xs">
          Audit log
        </Title>
        {log.isPending ? (
          <RowSkeletons rows={6} />
        ) : log.isError && log.data === undefined ? (
          <ErrorState subject="the audit log" error={log.error} onRetry={() => void log.refetch()} />
        ) : records.length === 0 ? (
          <Text className="quiet">No records yet.</Text>
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
          <b>{record.person?.name ?? (record.by.kind === 'system' ? 'System' : 'Unknown')}</b> {describeAction(record.action)}{' '}
          {record.target.name && <b>{record.target.name}</b>}
        </Text>
        <Text size="sm" className="quiet">
          <TimeAgo at={record.at} /> {record.by.kind === 'system' ? '' : ` · via ${record.by.name ?? record.by.kind.replaceAll('_', ' ')}`} · from {record.from ?? 'this machine'}
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
        {open ? 'Hide' : 'Details'}
      </Button>
    </li>
  );
}
