// Grants: what people allowed beyond one request, how much is left, and the way to take it back.
import { Button, Group, Text } from '@mantine/core';
import { IconTicket } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../api/client';
import { agentsQuery, grantsQuery, rulesQuery } from '../api/queries';
import { plural } from '../format/units';
import { ConfirmDanger } from './confirm-danger';
import { Countdown } from './countdown';
import { EmptyState } from './empty-state';
import { ErrorState } from './error-state';
import { notify } from './notifications';
import { RowSkeletons } from './skeletons';
import { TimeAgo } from './time-ago';
import classes from './grants.module.css';

export function Grants({ agentId }: { agentId?: string }) {
  const client = useQueryClient();
  // What is left of them changes with every request that they let pass.
  const grants = useQuery({ ...grantsQuery, refetchInterval: 2_000 });
  const agents = useQuery(agentsQuery).data;
  const rules = useQuery(rulesQuery).data;
  const [revoking, setRevoking] = useState<Schemas['Grant'] | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => read(api.DELETE('/v1/grants/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      notify('Revoked. The next request waits for a person again.');
      setRevoking(null);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['grants'] }),
  });
  if (grants.isPending) {
    return <RowSkeletons rows={3} height={76} />;
  }
  if (grants.isError && grants.data === undefined) {
    return <ErrorState what="Grants" error={grants.error} again={() => void grants.refetch()} />;
  }
  const shown = grants.data.filter((grant) => agentId === undefined || grant.agentId === agentId);
  const name = (id: string) => agents?.find((agent) => agent.id === id)?.name ?? 'an agent';
  const rule = (id: string) => rules?.find((one) => one.id === id)?.name ?? 'a rule that is gone';
  if (shown.length === 0) {
    return (
      <EmptyState icon={<IconTicket size={26} />} title="No grants">
        When you approve a request for a while, it is listed here with what is left of it.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className={classes.list}>
        {shown.map((grant) => (
          <li key={grant.id} className={`card ${classes.grant}`}>
            <div className={classes.what}>
              <Text fw={540}>
                {name(grant.agentId)} may send <span className="code">{grant.method}</span> to{' '}
                <span className="code">
                  {grant.scheme === 'http' ? 'http://' : ''}
                  {grant.host}
                  {grant.pathPattern ?? grant.path}
                </span>
              </Text>
              <Text size="sm" className="quiet">
                passes {grant.ruleIds.map(rule).join(', ')} · given by {grant.createdBy} <TimeAgo at={grant.createdAt} />
              </Text>
            </div>
            <Group gap="md" wrap="nowrap" className={classes.left}>
              {grant.requestsLeft !== null && grant.requestsLeft !== undefined && (
                <span className="number">{plural(grant.requestsLeft, 'request')} left</span>
              )}
              {grant.expiresAt && <Countdown until={grant.expiresAt} />}
              <Button variant="default" onClick={() => setRevoking(grant)} aria-label={`Revoke the grant of ${name(grant.agentId)}`}>
                Revoke
              </Button>
            </Group>
          </li>
        ))}
      </ul>
      <ConfirmDanger
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title="Revoke this grant?"
        confirmLabel="Revoke"
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
        busy={revoke.isPending}
        error={revoke.error}
      >
        {revoking && (
          <>
            {name(revoking.agentId)} must wait for a person again for <span className="code">{revoking.method}</span> to {revoking.host}.
            Requests that are on their way are not stopped.
          </>
        )}
      </ConfirmDanger>
    </>
  );
}
