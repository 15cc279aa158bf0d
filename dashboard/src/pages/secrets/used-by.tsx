// The agents that may use a secret, and links to its requests.
import { Anchor, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery } from '../../api/queries';
import { hostsOf } from '../../format/hosts';
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
  const allowed = [
    ...agents.filter((agent) => agent.secretMode === 'all'),
    ...selective.filter((_, at) => chosen[at]?.data?.includes(secret.id)),
  ];
  return (
    <div className={`card ${classes.form}`}>
      <Text size="sm" fw={560}>
        {allowed.length === 0 ? 'No agent can use it' : `${plural(allowed.length, 'agent')} can use it`}
      </Text>
      <Text size="sm" className="quiet">
        {allowed.slice(0, 8).map((agent, at) => (
          <span key={agent.id}>
            {at > 0 && ', '}
            <Anchor component={Link} href={`/agents/${agent.id}`} size="sm">
              {agent.name}
            </Anchor>
          </span>
        ))}
        {allowed.length > 8 && ` and ${allowed.length - 8} more`}
      </Text>
      <Text size="sm" fw={560} mt="sm">
        Activity
      </Text>
      {hostsOf(secret).map((host) => (
        <Anchor key={host} component={Link} href={`/activity?q=${encodeURIComponent(host.replace(/^\*\./, ''))}`} size="sm" display="block">
          Requests to {host}
        </Anchor>
      ))}
    </div>
  );
}
