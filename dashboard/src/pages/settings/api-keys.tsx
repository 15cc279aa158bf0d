// API keys, for programs that use the API on a person’s behalf.
import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconKey } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { ConfirmDanger } from '../../components/confirm-danger';
import { CopyLine } from '../../components/copy-line';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import classes from './settings.module.css';

export function ApiKeys() {
  const client = useQueryClient();
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: ({ signal }) => read(api.GET('/v1/api-keys', { signal })) });
  const [created, setCreated] = useState<Schemas['ApiKey'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [removing, setRemoving] = useState<Schemas['ApiKey'] | null>(null);
  const renew = () => void client.invalidateQueries({ queryKey: ['api-keys'] });
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: '' },
    validate: { name: (value) => (value.trim() === '' ? 'Enter a name, such as the program that uses the key' : null) },
  });
  const create = useMutation({
    mutationFn: ({ name }: { name: string }) => read(api.POST('/v1/api-keys', { body: { name: name.trim() } })),
    onSuccess: (key) => {
      setCreated(key);
      form.reset();
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: renew,
  });
  const remove = useMutation({
    mutationFn: (id: string) => read(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: (_, id) => {
      notify('API key deleted');
      setRemoving(null);
      setCreated((one) => (one?.id === id ? null : one));
    },
    onSettled: renew,
  });
  return (
    <>
      <form
        className={`card ${classes.panel}`}
        noValidate
        onSubmit={form.onSubmit((values) => {
          setProblem(null);
          create.mutate(values);
        })}
      >
        <Title order={2}>Create API key</Title>
        <Text className="quiet" mb="md">
          API keys give programs your permissions on the API. Agents don’t need one: they have access tokens.
        </Text>
        <Group align="flex-start">
          <TextInput aria-label="Name of the key" placeholder="CI" maxLength={255} flex={1} maw={360} {...form.getInputProps('name')} />
          <Button type="submit" loading={create.isPending}>
            Create key
          </Button>
        </Group>
        {problem !== null && (
          <Text c="var(--blocked)" role="alert" mt="xs">
            {problem}
          </Text>
        )}
        {created?.apiKey && (
          <Alert variant="light" color="yellow" icon={<IconKey size={18} />} title={`API key “${created.name}”`} mt="md">
            <Stack gap="xs">
              <Text size="sm">Copy it now. You won’t be able to view it again.</Text>
              <CopyLine text={created.apiKey} label="API key" />
            </Stack>
          </Alert>
        )}
      </form>
      <section className={`card ${classes.panel}`}>
        <Title order={2} mb="xs">
          API keys
        </Title>
        {keys.data === undefined ? (
          keys.isError ? (
            <ErrorState subject="API keys" error={keys.error} onRetry={() => void keys.refetch()} />
          ) : (
            <RowSkeletons rows={2} />
          )
        ) : keys.data.length === 0 ? (
          <Text className="quiet">No API keys yet.</Text>
        ) : (
          <ul className={classes.list}>
            {keys.data.map((key) => (
              <li key={key.id} className={classes.item}>
                <div>
                  <Text fw={540}>{key.name}</Text>
                  <Text size="sm" className="quiet">
                    <span className="code">{key.preview}</span> · created <TimeAgo at={key.createdAt} /> · last used{' '}
                    <TimeAgo at={key.lastUsedAt} />
                  </Text>
                </div>
                <Button variant="default" c="var(--blocked)" onClick={() => setRemoving(key)} aria-label={`Delete API key ${key.name}`}>
                  Delete
                </Button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <ConfirmDanger
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Delete API key “${removing?.name ?? ''}”?`}
        confirmLabel="Delete key"
        onConfirm={() => removing && remove.mutate(removing.id)}
        busy={remove.isPending}
        error={remove.error}
      >
        Programs that use it will get 401. {removing?.lastUsedAt ? 'It was last used ' : 'It was never used'}
        {removing?.lastUsedAt && <TimeAgo at={removing.lastUsedAt} />}. If you delete the key of the command line on this machine, the
        server creates a new one on its next start.
      </ConfirmDanger>
    </>
  );
}
