// API keys: for programs that manage OneCLI in place of a person.
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
  const [fresh, setFresh] = useState<Schemas['ApiKey'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [removing, setRemoving] = useState<Schemas['ApiKey'] | null>(null);
  const renew = () => void client.invalidateQueries({ queryKey: ['api-keys'] });
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: '' },
    validate: { name: (value) => (value.trim() === '' ? 'Which name? Such as the program that will use it' : null) },
  });
  const create = useMutation({
    mutationFn: ({ name }: { name: string }) => read(api.POST('/v1/api-keys', { body: { name: name.trim() } })),
    onSuccess: (key) => {
      setFresh(key);
      form.reset();
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: renew,
  });
  const remove = useMutation({
    mutationFn: (id: string) => read(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: (_, id) => {
      notify('The key is deleted.');
      setRemoving(null);
      setFresh((one) => (one?.id === id ? null : one));
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
        <Title order={2}>Make an API key</Title>
        <Text className="quiet" mb="md">
          With it a program may do what you may do here. Agents need none: they have tokens of their own.
        </Text>
        <Group align="flex-start">
          <TextInput aria-label="Name of the key" placeholder="CI" maxLength={255} flex={1} maw={360} {...form.getInputProps('name')} />
          <Button type="submit" loading={create.isPending}>
            Make a key
          </Button>
        </Group>
        {problem !== null && (
          <Text c="var(--blocked)" role="alert" mt="xs">
            {problem}
          </Text>
        )}
        {fresh?.apiKey && (
          <Alert variant="light" color="yellow" icon={<IconKey size={18} />} title={`The key “${fresh.name}”`} mt="md">
            <Stack gap="xs">
              <Text size="sm">It is shown this once. Copy it now.</Text>
              <CopyLine text={fresh.apiKey} label="API key" />
            </Stack>
          </Alert>
        )}
      </form>
      <section className={`card ${classes.panel}`}>
        <Title order={2} mb="xs">
          Keys
        </Title>
        {keys.data === undefined ? (
          keys.isError ? (
            <ErrorState what="API keys" error={keys.error} again={() => void keys.refetch()} />
          ) : (
            <RowSkeletons rows={2} />
          )
        ) : keys.data.length === 0 ? (
          <Text className="quiet">There are none.</Text>
        ) : (
          <ul className={classes.list}>
            {keys.data.map((key) => (
              <li key={key.id} className={classes.item}>
                <div>
                  <Text fw={540}>{key.name}</Text>
                  <Text size="sm" className="quiet">
                    <span className="code">{key.preview}</span> · made <TimeAgo at={key.createdAt} /> · last used{' '}
                    <TimeAgo at={key.lastUsedAt} />
                  </Text>
                </div>
                <Button variant="default" c="var(--blocked)" onClick={() => setRemoving(key)} aria-label={`Delete the key ${key.name}`}>
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
        title={`Delete the key “${removing?.name ?? ''}”?`}
        confirmLabel="Delete key"
        onConfirm={() => removing && remove.mutate(removing.id)}
        busy={remove.isPending}
        error={remove.error}
      >
        Programs that use it get 401 from now on{removing?.lastUsedAt ? '; it was last used ' : '. It was never used'}
        {removing?.lastUsedAt && <TimeAgo at={removing.lastUsedAt} />}. The command line on this machine has a key of its own; if you
        delete that one, the next start makes another.
      </ConfirmDanger>
    </>
  );
}
