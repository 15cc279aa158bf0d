// The secrets that an agent may use: all, or selected ones.
import { Button, Checkbox, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { secretsQuery } from '../../api/queries';
import { hostsOf, hostsText } from '../../format/hosts';
import { plural } from '../../format/units';
import { ErrorState } from '../../components/error-state';
import { notify, notifyError } from '../../components/notifications';
import { RowSkeletons } from '../../components/skeletons';
import classes from './agents.module.css';

export function Access({ agent }: { agent: Schemas['Agent'] }) {
  const secrets = useQuery(secretsQuery);
  const granted = useQuery({
    queryKey: ['agents', agent.id, 'secrets'],
    queryFn: ({ signal }) => read(api.GET('/v1/agents/{id}/secrets', { params: { path: { id: agent.id } }, signal })),
  });
  const failed = secrets.isError ? secrets : granted;
  if (secrets.data === undefined || granted.data === undefined) {
    return failed.isError ? (
      <ErrorState subject="the agent’s secrets" error={failed.error} onRetry={() => void failed.refetch()} />
    ) : (
      <RowSkeletons rows={5} />
    );
  }
  return (
    <Form
      key={`${agent.secretMode} ${[...granted.data].sort().join()}`}
      agent={agent}
      secrets={secrets.data}
      granted={granted.data}
    />
  );
}

interface Props {
  agent: Schemas['Agent'];
  secrets: Schemas['Secret'][];
  granted: string[];
}

function Form({ agent, secrets, granted }: Props) {
  const client = useQueryClient();
  const [mode, setMode] = useState(agent.secretMode);
  const [chosen, setChosen] = useState(granted);
  const [wanted, setWanted] = useState('');
  const save = useMutation({
    mutationFn: async () => {
      const path = { id: agent.id };
      if (mode === 'selective') {
        await read(api.PUT('/v1/agents/{id}/secrets', { params: { path }, body: { secretIds: chosen } }));
      }
      // Last, so that the agent never has more access than intended in between.
      if (mode !== agent.secretMode) {
        await read(api.PATCH('/v1/agents/{id}/secret-mode', { params: { path }, body: { mode } }));
      }
    },
    onSuccess: () => notify(`Saved; applies to the next request of ${agent.name}`),
    onError: notifyError,
    onSettled: () => void client.invalidateQueries({ queryKey: ['agents'] }),
  });
  const same = mode === agent.secretMode && (mode === 'all' || [...chosen].sort().join() === [...granted].sort().join());
  const text = wanted.trim().toLowerCase();
  const shown = secrets.filter((one) => `${one.name} ${hostsOf(one).join(' ')}`.toLowerCase().includes(text));
  return (
    <Stack maw="52rem">
      <Radio.Group value={mode} onChange={(value) => setMode(value === 'all' ? 'all' : 'selective')} label="This agent may use">
        <Stack gap="xs" mt="xs">
          <Radio value="all" label="All secrets of the project, including future ones" />
          <Radio value="selective" label="Only selected secrets" />
        </Stack>
      </Radio.Group>
      {mode === 'selective' &&
        (secrets.length === 0 ? (
          <Text className="quiet">
            No secrets yet. <Link href="/secrets/new">Add a secret</Link>
          </Text>
        ) : (
          <div className={`card ${classes.panel}`}>
            {secrets.length > 8 && (
              <TextInput
                mb="sm"
                leftSection={<IconSearch size={16} />}
                placeholder={`Search ${plural(secrets.length, 'secret')}`}
                aria-label="Search secrets"
                value={wanted}
                onChange={(event) => setWanted(event.currentTarget.value)}
              />
            )}
            <Checkbox.Group value={chosen} onChange={setChosen} aria-label="Secrets">
              <ul className={classes.list}>
                {shown.map((secret) => (
                  <li key={secret.id} className={classes.item}>
                    <Checkbox value={secret.id} label={secret.name} />
                    <span className="quiet code cut">
                      {hostsText(secret)}
                    </span>
                  </li>
                ))}
              </ul>
            </Checkbox.Group>
          </div>
        ))}
      <Group>
        <Button onClick={() => save.mutate()} loading={save.isPending} disabled={same}>
          Save
        </Button>
        {mode === 'selective' && <Text className="quiet">{plural(chosen.length, 'secret')} selected</Text>}
      </Group>
    </Stack>
  );
}
