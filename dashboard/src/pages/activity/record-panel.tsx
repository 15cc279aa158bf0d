// The details of one request: verdict, rules, secrets, timing, sizes and actions.
import { Alert, Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconListCheck, IconPlayerPause } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { bytes, duration, exactTime } from '../../format/units';
import { ConfirmDanger } from '../../components/confirm-danger';
import { CopyButton } from '../../components/copy-button';
import { ErrorState } from '../../components/error-state';
import { notify } from '../../components/notifications';
import { SidePanel } from '../../components/side-panel';
import { RowSkeletons } from '../../components/skeletons';
import { badgeOf } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import classes from './activity.module.css';
import { explainAlarm, explainError } from './explanations';
import { TimelineBars } from './timeline';

export function RecordPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const record = useQuery({
    queryKey: ['activity', 'record', id],
    queryFn: ({ signal }) => read(api.GET('/v1/activity/{id}', { params: { path: { id } }, signal })),
    enabled: id !== '',
    staleTime: Infinity,
  });
  return (
    <SidePanel opened={id !== ''} onClose={onClose} title="Request">
      {record.isError ? (
        <ErrorState subject="the request" error={record.error} onRetry={() => void record.refetch()} />
      ) : record.data === undefined ? (
        <RowSkeletons rows={5} />
      ) : (
        <Details record={record.data} onClose={onClose} />
      )}
    </SidePanel>
  );
}

const NO_RULE: Partial<Record<string, string>> = {
  default_deny: 'No rule allows this request, and the project denies by default.',
  hold: 'No rule matched, and the project asks by default.',
};

function Details({ record, onClose }: { record: Schemas['RecordDetail']; onClose: () => void }) {
  const client = useQueryClient();
  const [suspending, setSuspending] = useState(false);
  const suspend = useMutation({
    mutationFn: () => read(api.POST('/v1/agents/{id}/suspend', { params: { path: { id: record.agentId } } })),
    onSuccess: () => {
      notify(`${record.agentName} suspended`);
      setSuspending(false);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['agents'] }),
  });
  const link = new URLSearchParams({
    host: record.host,
    path: record.path,
    method: record.method,
    agentId: record.agentId,
    action: 'block',
  });
  return (
    <Stack gap="lg">
      <div>
        <Group gap="sm" mb="xs">
          <VerdictBadge {...badgeOf(record)} />
          <Text fw={600} className="number">
            {record.status === 0 ? 'No response' : record.status}
          </Text>
          <Text className="quiet">{exactTime(new Date(record.at))}</Text>
        </Group>
        <Text className="code">
          <b>{record.method}</b> {record.host}
          {record.path}
        </Text>
      </div>
      {record.error && record.error !== record.alarm && (
        <Alert color="orange" variant="light" icon={<IconAlertTriangle size={18} />} title={explainError(record.error).title}>
          {explainError(record.error).text} Error code: <span className="code">{record.error}</span>
        </Alert>
      )}
      {record.alarm && (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={`Alarm: ${explainAlarm(record.alarm).title}`}>
          {explainAlarm(record.alarm).text} Code: <span className="code">{record.alarm}</span>
        </Alert>
      )}
      <section>
        <Title order={3} mb="xs">
          Matching rules
        </Title>
        {record.rules.length === 0 ? (
          <Text className="quiet">{NO_RULE[record.verdict] ?? 'No rule matched.'}</Text>
        ) : (
          record.rules.map((rule) => (
            <Text key={rule.id}>
              {rule.name == null ? (
                'Deleted rule'
              ) : (
                <Anchor component={Link} href={`/rules/${rule.id}`}>
                  {rule.name}
                </Anchor>
              )}{' '}
              {rule.action && <span className="quiet">({rule.action.replaceAll('_', ' ')})</span>}
            </Text>
          ))
        )}
      </section>
      <section>
        <Title order={3} mb="xs">
          Timing
        </Title>
        <TimelineBars timeline={record.timeline} />
      </section>
      <dl className={classes.facts}>
        <dt>Agent</dt>
        <dd>
          <Anchor component={Link} href={`/agents/${record.agentId}`}>
            {record.agentName}
          </Anchor>
        </dd>
        <dt>Secrets</dt>
        <dd>
          {record.secrets.length === 0
            ? 'None'
            : record.secrets.map((secret, at) => (
                <span key={secret.id}>
                  {at > 0 && ', '}
                  {secret.name == null ? (
                    'deleted secret'
                  ) : (
                    <Anchor component={Link} href={`/secrets/${secret.id}`}>
                      {secret.name}
                    </Anchor>
                  )}
                </span>
              ))}
        </dd>
        <dt>Sent</dt>
        <dd className="number">{bytes(record.bytesUp)}</dd>
        <dt>Received</dt>
        <dd className="number">{bytes(record.bytesDown)}</dd>
        <dt>Gateway overhead</dt>
        <dd className="number">{duration(record.overheadUs / 1000)}</dd>
        <dt>Protocol</dt>
        <dd>{record.protocol}</dd>
        <dt>Request ID</dt>
        <dd>
          <span className="code">{record.id}</span> <CopyButton text={record.id} label="Copy: request ID" />
        </dd>
      </dl>
      <Group gap="xs">
        <Button component={Link} href={`/rules/new?${link.toString()}`} variant="default" leftSection={<IconListCheck size={16} />}>
          Create a rule from this request
        </Button>
        <Button variant="default" c="var(--blocked)" leftSection={<IconPlayerPause size={16} />} onClick={() => setSuspending(true)}>
          Suspend agent
        </Button>
        <Button variant="subtle" color="gray" onClick={onClose}>
          Close
        </Button>
      </Group>
      <ConfirmDanger
        opened={suspending}
        onClose={() => setSuspending(false)}
        title={`Suspend ${record.agentName}?`}
        confirmLabel="Suspend agent"
        onConfirm={() => suspend.mutate()}
        busy={suspend.isPending}
        error={suspend.error}
      >
        All its requests get 403 and its open connections are closed. You can resume the agent on its page.
      </ConfirmDanger>
    </Stack>
  );
}
