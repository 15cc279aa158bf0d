// The dialog that creates an agent.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { api, read } from '../../api/client';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { IDENTIFIER, identifierOf } from './names';

export function CreateAgent({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Create agent">
      {opened && <CreateForm onClose={onClose} />}
    </Modal>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  const [edited, setEdited] = useState(false);
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: '', identifier: '' },
    validate: {
      name: (value) => (value.trim() === '' ? 'Enter a name' : null),
      identifier: (value) => (IDENTIFIER.test(value) ? null : 'Use up to 50 lowercase letters, digits and dashes, starting with a letter'),
    },
  });
  const create = useMutation({
    mutationFn: ({ name, identifier }: ReturnType<typeof form.getValues>) =>
      read(api.POST('/v1/agents', { body: { name: name.trim(), identifier } })),
    onSuccess: (agent) => {
      notify(`${agent.name} created`);
      go(`/agents/${agent.id}`);
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['agents'] });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) => {
        setProblem(null);
        create.mutate(values);
      })}
    >
      <Stack>
        <TextInput
          label="Name"
          placeholder="Release notes"
          maxLength={255}
          data-autofocus
          {...form.getInputProps('name')}
          onChange={(event) => {
            form.setFieldValue('name', event.currentTarget.value);
            if (!edited) {
              form.setFieldValue('identifier', identifierOf(event.currentTarget.value));
            }
          }}
        />
        <TextInput
          label="Identifier"
          description="Used in commands: onecli run --agent IDENTIFIER"
          placeholder="release-notes"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('identifier')}
          onChange={(event) => {
            setEdited(true);
            form.setFieldValue('identifier', event.currentTarget.value);
          }}
        />
        <Text size="sm" className="quiet">
          The agent may use all secrets of the project unless you restrict it.
        </Text>
        {problem !== null && (
          <Text c="var(--blocked)" role="alert">
            {problem}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
