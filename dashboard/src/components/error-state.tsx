// Shown where data couldn’t be loaded, with a retry button.
import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';

import { messageOf } from '../api/problem';
import { EmptyState } from './empty-state';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** What couldn’t be loaded, as in "Couldn’t load the rule". */
  subject: string;
}

export function ErrorState({ error, onRetry, subject }: Props) {
  return (
    <div role="alert">
      <EmptyState
        icon={<IconPlugConnectedX size={26} />}
        title={`Couldn’t load ${subject}`}
        action={
          onRetry && (
            <Button variant="default" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {messageOf(error)}
      </EmptyState>
    </div>
  );
}
