// Denies, and may say why: the agent is told.
import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';

import type { Held } from '../../live/approvals';
import type { useDecide } from './decide';

interface Props {
  held: Held | undefined;
  onClose: () => void;
  decide: ReturnType<typeof useDecide>;
}

export function Deny({ held, onClose, decide }: Props) {
  const [reason, setReason] = useState('');
  const done = () => {
    setReason('');
    onClose();
  };
  return (
    <Modal opened={held !== undefined} onClose={done} title="Deny this request?">
      {held && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            decide.mutate({ held, decision: 'deny', reason: reason.trim() }, { onSettled: done });
          }}
        >
          <Stack>
            <div>
              <b>{held.summary.action}</b>, by {held.agent.name}. It is not sent; the agent is answered 403.
            </div>
            <Textarea
              label="Reason"
              description="The agent reads it, and may do better. You can leave it out."
              maxLength={1000}
              autosize
              minRows={2}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={done}>
                Cancel
              </Button>
              <Button type="submit" color="red.8" loading={decide.isPending} data-autofocus>
                Deny
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
