// Something could not be loaded: what, and how to go on.
import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';

import { messageOf } from '../api/problem';
import { EmptyState } from './empty-state';

export function ErrorState({ error, again, what }: { error: unknown; again?: () => void; what: string }) {
  return (
    <div role="alert">
      <EmptyState
        icon={<IconPlugConnectedX size={26} />}
        title={`${what} can’t be shown`}
        action={
          again && (
            <Button variant="default" onClick={again}>
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
