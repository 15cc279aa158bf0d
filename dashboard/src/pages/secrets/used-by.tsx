// The agents that may use a secret.
import { Anchor, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery } from '../../api/queries';
import { plural } from '../../format/units';
import classes from './secret-form.module.css';

export function UsedBy({ secret }: { secret: Schemas['Secret'] }) {
  const agents = useQuery(agentsQuery).data ?? [];
  const selective = agents.filter((agent) => agent.secretMode === 'selective');
  const chosen = useQueries({
    queries: selective.map((agent) => ({
      queryKey: ['agents', agent.id, 'secrets'],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        read(api.GET('/v1/agents/{id}/secrets', { params: { path: { id: agent.id } }, signal })),
    })),
  });
  const may = [
    ...agents.filter((agent) => agent.secretMode === 'all'),
    ...selective.filter((_, at) => chosen[at]?.data?.includes(secret.id)),
  ];
  return (
    <div className={`card ${classes.form}`}>
      <Text size="sm" fw={560}>
        {may.length === 0 ? 'No agent may use it' : `${plural(may.length, 'agent')} may use it`}
      </Text>
      <Text size="sm" className="quiet">
        {may.slice(0, 8).map((agent, at) => (
          <span key={agent.id}>
            {at > 0 && ', '}
            <Anchor component={Link} href={`/agents/${agent.id}`} size="sm">
              {agent.name}
            </Anchor>
          </span>
        ))}
        {may.length > 8 && ` and ${may.length - 8} more`}
      </Text>
      <Anchor component={Link} href={`/activity?q=${encodeURIComponent(secret.hostPattern.replace(/^\*\./, ''))}`} size="sm">
        Requests to {secret.hostPattern}
      </Anchor>
    </div>
  );
}
