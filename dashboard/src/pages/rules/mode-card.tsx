// The project’s policy mode, and the dialog that changes it.
import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { messageOf } from '../../api/problem';
import { projectsQuery, rulesQuery } from '../../api/queries';
import { notify } from '../../components/notifications';
import { count, plural } from '../../format/units';
import { POLICY_MODE_ORDER, POLICY_MODES } from '../../rules/policy-mode';
import { usePerson } from '../../session/person';
import { draftOf } from './draft';
import classes from './mode-card.module.css';
import { ReplaySummary } from './replay-summary';

export function ModeCard() {
  const person = usePerson();
  const projects = useQuery(projectsQuery);
  const project = projects.data?.find((one) => one.id === person.projectId);
  const [changing, setChanging] = useState(false);
  if (project === undefined) {
    return null;
  }
  const { label, description } = POLICY_MODES[project.policyMode];
  return (
    <Group className={`card ${classes.card}`} justify="space-between" gap="sm">
      <Text>
        <b>{label}.</b> <span className="quiet">{description}</span>
      </Text>
      <Button variant="default" onClick={() => setChanging(true)}>
        Change default…
      </Button>
      <Modal opened={changing} onClose={() => setChanging(false)} title="Requests that match no rule" size="lg">
        <ChangeMode project={project} onDone={() => setChanging(false)} />
      </Modal>
    </Group>
  );
}

function ChangeMode({ project, onDone }: { project: Schemas['Project']; onDone: () => void }) {
  const client = useQueryClient();
  const [mode, setMode] = useState(project.policyMode);
  const unchanged = mode === project.policyMode;
  const change = useMutation({
    mutationFn: () =>
      read(api.PUT('/v1/projects/{id}/policy-mode', { params: { path: { id: project.id } }, body: { mode } })),
    onSuccess: () => {
      notify(`${POLICY_MODES[mode].label}: applies to the next request`);
      onDone();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['projects'] }),
  });
  return (
    <Stack>
      <Radio.Group value={mode} onChange={(value) => setMode(POLICY_MODE_ORDER.find((one) => one === value) ?? mode)} aria-label="Policy mode">
        <Stack gap="sm">
          {POLICY_MODE_ORDER.map((one) => (
            <Radio
              key={one}
              value={one}
              label={`${POLICY_MODES[one].label}${one === project.policyMode ? ' (current)' : ''}`}
              description={POLICY_MODES[one].description}
            />
          ))}
        </Stack>
      </Radio.Group>
      {!unchanged && (
        <>
          <Text>{POLICY_MODES[mode].consequence}</Text>
          <ModeEffect mode={mode} />
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
        <Button color={mode === 'allow' && !unchanged ? 'red.8' : undefined} onClick={() => change.mutate()} loading={change.isPending} disabled={unchanged}>
          {unchanged ? 'Change' : POLICY_MODES[mode].label}
        </Button>
      </Group>
    </Stack>
  );
}

/** Replays the requests of the last 7 days under another mode. */
function ModeEffect({ mode }: { mode: Schemas['PolicyMode'] }) {
  const rules = useQuery(rulesQuery);
  const replay = useQuery({
    queryKey: ['replay', 'mode', mode, rules.dataUpdatedAt],
    enabled: rules.data !== undefined,
    queryFn: ({ signal }) =>
      read(api.POST('/v1/rules/replay', { body: { days: 7, mode, rules: (rules.data ?? []).map(draftOf) }, signal })),
  });
  if (replay.isPending) {
    return (
      <Text className="quiet" role="status">
        Evaluating the requests of the last 7 days…
      </Text>
    );
  }
  if (replay.isError) {
    return <Text className="quiet">Couldn’t evaluate past requests: {messageOf(replay.error)}</Text>;
  }
  return (
    <>
      <Text fw={560}>
        {replay.data.requests === 0
          ? 'No requests in the last 7 days to compare.'
          : `The verdict of ${count(replay.data.changed)} of ${plural(replay.data.requests, 'request')} in the last 7 days would have changed.`}
      </Text>
      <ReplaySummary replay={replay.data} />
    </>
  );
}
