// Creates an agent.
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
    <Modal opened={opened} onClose={onClose} title="Create an agent">
      {opened && <CreateForm onClose={onClose} />}
    </Modal>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  const [own, setOwn] = useState(false);
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: '', identifier: '' },
    validate: {
      name: (value) => (value.trim() === '' ? 'Which name?' : null),
      identifier: (value) => (IDENTIFIER.test(value) ? null : 'Lower-case letters, digits and dashes, beginning with a letter; at most 50'),
    },
  });
  const create = useMutation({
    mutationFn: ({ name, identifier }: ReturnType<typeof form.getValues>) =>
      read(api.POST('/v1/agents', { body: { name: name.trim(), identifier } })),
    onSuccess: (agent) => {
      notify(`${agent.name} is created.`);
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
            if (!own) {
              form.setFieldValue('identifier', identifierOf(event.currentTarget.value));
            }
          }}
        />
        <TextInput
          label="Short name"
          description="For commands: onecli run --agent …"
          placeholder="release-notes"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('identifier')}
          onChange={(event) => {
            setOwn(true);
            form.setFieldValue('identifier', event.currentTarget.value);
          }}
        />
        <Text size="sm" className="quiet">
          It may use every secret of the project until you choose otherwise.
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
