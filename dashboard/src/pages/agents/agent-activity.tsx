// The latest requests of an agent.
import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { ErrorState } from '../../components/error-state';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { badgeOf } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import table from '../../components/list-table.module.css';
import classes from './agents.module.css';

export function AgentActivity({ agent }: { agent: Schemas['Agent'] }) {
  const records = useQuery({
    queryKey: ['activity', 'agent', agent.id],
    queryFn: ({ signal }) => read(api.GET('/v1/activity', { params: { query: { agentId: agent.id, limit: 25 } }, signal })),
    refetchInterval: 10_000,
  });
  if (records.data === undefined) {
    return records.isError ? (
      <ErrorState subject="activity" error={records.error} onRetry={() => void records.refetch()} />
    ) : (
      <RowSkeletons rows={8} height={36} />
    );
  }
  if (records.data.length === 0) {
    return <Text className="quiet">No requests yet.</Text>;
  }
  return (
    <>
      <ul className={`card ${classes.panel} ${classes.list}`}>
        {records.data.map((record) => (
          <li key={record.id} className={classes.item}>
            <VerdictBadge {...badgeOf(record)} />
            <Link href={`/activity/${record.id}?agentId=${agent.id}`} className="cut code" style={{ flex: 1, color: 'inherit' }}>
              <b>{record.method}</b> {record.host}
              {record.path}
            </Link>
            <span className={`quiet ${table.wide}`}>
              <TimeAgo at={record.at} />
            </span>
          </li>
        ))}
      </ul>
      <Anchor component={Link} href={`/activity?agentId=${agent.id}`} mt="sm" display="inline-block">
        View all activity
      </Anchor>
    </>
  );
}
