// The dialog that renames an agent.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';

export function Rename({ agent, opened, onClose }: { agent: Schemas['Agent']; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Rename ${agent.name}`}>
      {opened && <RenameForm agent={agent} onClose={onClose} />}
    </Modal>
  );
}

function RenameForm({ agent, onClose }: { agent: Schemas['Agent']; onClose: () => void }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    mode: 'controlled',
    initialValues: { name: agent.name },
    validate: { name: (value) => (value.trim() === '' ? 'Enter a name' : null) },
  });
  const rename = useMutation({
    mutationFn: ({ name }: { name: string }) =>
      read(api.PATCH('/v1/agents/{id}', { params: { path: { id: agent.id } }, body: { name: name.trim() } })),
    onSuccess: () => {
      notify('Agent renamed');
      onClose();
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: () => void client.invalidateQueries({ queryKey: ['agents'] }),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => rename.mutate(values))}>
      <Stack>
        <TextInput label="Name" maxLength={255} data-autofocus {...form.getInputProps('name')} />
        <Text size="sm" className="quiet">
          The identifier <span className="code">{agent.identifier}</span> and the access token don’t change.
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
          <Button type="submit" loading={rename.isPending}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
