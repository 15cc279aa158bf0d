// The dialog that denies a request, with an optional reason for the agent.
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
  const close = () => {
    setReason('');
    onClose();
  };
  return (
    <Modal opened={held !== undefined} onClose={close} title="Deny this request?">
      {held && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            decide.mutate({ held, decision: 'deny', reason: reason.trim() }, { onSettled: close });
          }}
        >
          <Stack>
            <div>
              <b>{held.summary.action}</b>, requested by {held.agent.name}. The request is not sent, and the agent gets 403.
            </div>
            <Textarea
              label="Reason"
              description="Optional. The agent can read it."
              maxLength={1000}
              autosize
              minRows={2}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
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
