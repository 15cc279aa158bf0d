// The dialog that replaces a secret’s value, optionally keeping the previous one as a fallback.
import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { SecretInput } from '../../components/secret-input';

export function Rotate({ secret, opened, onClose }: { secret: Schemas['Secret']; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Rotate “${secret.name}”`}>
      {opened && <RotateForm secret={secret} onClose={onClose} />}
    </Modal>
  );
}

function RotateForm({ secret, onClose }: { secret: Schemas['Secret']; onClose: () => void }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    mode: 'controlled',
    initialValues: { value: '', graceSeconds: '3600' },
    validate: { value: (value) => (value === '' ? 'Enter a value' : null) },
  });
  const rotate = useMutation({
    mutationFn: ({ value, graceSeconds }: ReturnType<typeof form.getValues>) =>
      read(
        api.POST('/v1/secrets/{id}/rotate', {
          params: { path: { id: secret.id } },
          body: { value, graceSeconds: Number(graceSeconds) },
        }),
      ),
    onSuccess: () => {
      notify('Secret rotated; the new value is used from the next request on');
      onClose();
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: () => void client.invalidateQueries({ queryKey: ['secrets'] }),
  });
  return (
    <form
      noValidate
      autoComplete="off"
      onSubmit={form.onSubmit((values) => {
        setProblem(null);
        rotate.mutate(values);
      })}
    >
      <Stack>
        <SecretInput label="New value" data-autofocus {...form.getInputProps('value')} />
        <Select
          label="Keep the previous value"
          description="If the upstream responds with 401 to the new value, the previous one is tried once."
          data={[
            { value: '0', label: 'No' },
            { value: '3600', label: 'For an hour' },
            { value: '86400', label: 'For a day' },
            { value: '604800', label: 'For a week' },
          ]}
          allowDeselect={false}
          {...form.getInputProps('graceSeconds')}
        />
        {problem !== null && (
          <Text c="var(--blocked)" role="alert">
            {problem}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={rotate.isPending}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
