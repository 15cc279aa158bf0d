// No records: nothing fits the filters, or no agent has asked for anything yet.
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
        title="No request fits"
        action={
          <Button variant="default" onClick={onClear}>
            Clear the filters
          </Button>
        }
      >
        New ones that fit appear here by themselves.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconActivity size={26} />}
      title="No requests yet"
      action={
        <Button component={Link} href="/agents" variant="default">
          Ways to connect an agent
        </Button>
      }
    >
      Run an agent through the gateway, and its requests appear here as they happen:
      <div style={{ marginTop: '0.8rem', textAlign: 'left' }}>
        <CopyLine text="onecli run -- claude" label="Command that runs an agent" />
      </div>
    </EmptyState>
  );
}
