// What happens to a request that no rule concerns, and what it means to switch that.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { messageOf } from '../../api/problem';
import { projectsQuery, rulesQuery } from '../../api/queries';
import { count } from '../../format/units';
import { notify } from '../../components/notifications';
import { usePerson } from '../../session/person';
import { draftOf } from './draft';
import classes from './mode-card.module.css';
import { ReplaySummary } from './replay-summary';

export function ModeCard() {
  const person = usePerson();
  const projects = useQuery(projectsQuery);
  const project = projects.data?.find((one) => one.id === person.projectId);
  const [asking, setAsking] = useState(false);
  if (project === undefined) {
    return null;
  }
  const denies = project.policyMode === 'deny';
  return (
    <Group className={`card ${classes.card}`} justify="space-between" gap="sm">
      <Text>
        {denies ? (
          <>
            <b>Deny by default.</b> <span className="quiet">Only what an allow, limit or hold rule matches goes through.</span>
          </>
        ) : (
          <>
            <b>Allow by default.</b> <span className="quiet">What no rule concerns goes through.</span>
          </>
        )}
      </Text>
      <Button variant="default" onClick={() => setAsking(true)}>
        {denies ? 'Allow by default…' : 'Deny by default…'}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={denies ? 'Allow what no rule concerns?' : 'Deny what no rule allows?'}
      >
        <SwitchMode project={project} onDone={() => setAsking(false)} />
      </Modal>
    </Group>
  );
}

function SwitchMode({ project, onDone }: { project: Schemas['Project']; onDone: () => void }) {
  const client = useQueryClient();
  const mode = project.policyMode === 'deny' ? 'allow' : 'deny';
  const rules = useQuery(rulesQuery);
  const replay = useQuery({
    queryKey: ['replay', 'mode', mode, rules.dataUpdatedAt],
    enabled: rules.data !== undefined,
    queryFn: ({ signal }) =>
      read(api.POST('/v1/rules/replay', { body: { days: 7, mode, rules: (rules.data ?? []).map(draftOf) }, signal })),
  });
  const change = useMutation({
    mutationFn: () =>
      read(api.PUT('/v1/projects/{id}/policy-mode', { params: { path: { id: project.id } }, body: { mode } })),
    onSuccess: () => {
      notify(mode === 'deny' ? 'Only what a rule allows goes through now.' : 'What no rule concerns goes through now.');
      onDone();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['projects'] }),
  });
  return (
    <Stack>
      <Text>
        {mode === 'deny'
          ? 'Requests that no allow, limit or hold rule matches get 403 from then on, for every agent of this project.'
          : 'Requests that no rule matches go through from then on, for every agent of this project. Blocks, holds and limits stay.'}
      </Text>
      {replay.isPending ? (
        <Text className="quiet" role="status">
          Looking at the last 7 days’ requests…
        </Text>
      ) : replay.isError ? (
        <Text className="quiet">What it would have changed can’t be told: {messageOf(replay.error)}</Text>
      ) : (
        <>
          <Text fw={560}>
            Of the last 7 days’ {count(replay.data.requests)} requests, {count(replay.data.changed)} would have got another
            verdict.
          </Text>
          <ReplaySummary replay={replay.data} />
        </>
      )}
      {change.isError && (
        <Text c="var(--blocked)" role="alert">
          {messageOf(change.error)}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone} data-autofocus>
          Cancel
        </Button>
        <Button color={mode === 'deny' ? undefined : 'red.8'} onClick={() => change.mutate()} loading={change.isPending}>
          {mode === 'deny' ? 'Deny by default' : 'Allow by default'}
        </Button>
      </Group>
    </Stack>
  );
}
