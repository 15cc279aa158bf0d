// The list of grants: approvals that cover further requests, with what remains and a revoke button.
import { Button, Group, Text } from '@mantine/core';
import { IconTicket } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../api/client';
import { agentsQuery, grantsQuery, rulesQuery } from '../api/queries';
import { plural } from '../format/units';
import { HELD_BY_DEFAULT } from '../rules/policy-mode';
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
  // Remaining requests change with every request that uses a grant.
  const grants = useQuery({ ...grantsQuery, refetchInterval: 2_000 });
  const agents = useQuery(agentsQuery).data;
  const rules = useQuery(rulesQuery).data;
  const [revoking, setRevoking] = useState<Schemas['Grant'] | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => read(api.DELETE('/v1/grants/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      notify('Grant revoked; further requests need approval again');
      setRevoking(null);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['grants'] }),
  });
  if (grants.isPending) {
    return <RowSkeletons rows={3} height={76} />;
  }
  if (grants.isError && grants.data === undefined) {
    return <ErrorState subject="grants" error={grants.error} onRetry={() => void grants.refetch()} />;
  }
  const shown = grants.data.filter((grant) => agentId === undefined || grant.agentId === agentId);
  const name = (id: string) => agents?.find((agent) => agent.id === id)?.name ?? 'Deleted agent';
  const rule = (id: string) => rules?.find((one) => one.id === id)?.name ?? 'deleted rule';
  if (shown.length === 0) {
    return (
      <EmptyState icon={<IconTicket size={26} />} title="No grants">
        If you approve a request together with further ones, the grant is listed here until it is used up.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className={classes.list}>
        {shown.map((grant) => (
          <li key={grant.id} className={`card ${classes.grant}`}>
            <div className={classes.request}>
              <Text fw={540}>
                {name(grant.agentId)} may send <span className="code">{grant.method}</span> to{' '}
                <span className="code">
                  {grant.scheme === 'http' ? 'http://' : ''}
                  {grant.host}
                  {grant.pathPattern ?? grant.path}
                </span>
              </Text>
              <Text size="sm" className="quiet">
                {grant.ruleIds.length === 0 ? HELD_BY_DEFAULT : `Held by ${grant.ruleIds.map(rule).join(', ')}`} · granted by {grant.createdBy} <TimeAgo at={grant.createdAt} />
              </Text>
            </div>
            <Group gap="md" wrap="nowrap" className={classes.longDuration}>
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
            {name(revoking.agentId)} will need approval again for <span className="code">{revoking.method}</span> requests to {revoking.host}.
            Requests in progress are not stopped.
          </>
        )}
      </ConfirmDanger>
    </>
  );
}
