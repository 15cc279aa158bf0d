// Empty states of the activity list.
import { Button } from '@mantine/core';
import { IconActivity, IconFilterOff } from '@tabler/icons-react';
import { Link } from 'wouter';

import { CopyLine } from '../../components/copy-line';
import { EmptyState } from '../../components/empty-state';

export function NoRecords({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <EmptyState
        icon={<IconFilterOff size={26} />}
        title="No matching requests"
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      >
        New matching requests appear here automatically.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconActivity size={26} />}
      title="No requests yet"
      action={
        <Button component={Link} href="/agents" variant="default">
          Connect an agent
        </Button>
      }
    >
      Run an agent through the gateway to see its requests here:
      <div style={{ marginTop: '0.8rem', textAlign: 'left' }}>
        <CopyLine text="onecli run -- claude" label="Command to run an agent" />
      </div>
    </EmptyState>
  );
}
