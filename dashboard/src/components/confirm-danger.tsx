// A confirmation dialog for destructive actions.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { messageOf } from '../api/problem';

interface Props {
  opened: boolean;
  onClose: () => void;
  /** The question, such as "Delete the agent Scribe?" */
  title: string;
  /** The consequences. */
  children: ReactNode;
  /** The label of the confirm button, such as "Delete agent". */
  confirmLabel: string;
  onConfirm: () => void;
  busy?: boolean;
  error?: unknown;
}

export function ConfirmDanger({ opened, onClose, title, children, confirmLabel, onConfirm, busy, error }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="md">
      <Stack gap="md">
        <Text component="div" size="md">
          {children}
        </Text>
        {error !== undefined && error !== null && (
          <Text c="var(--blocked)" role="alert">
            {messageOf(error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.8" onClick={onConfirm} loading={busy}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
