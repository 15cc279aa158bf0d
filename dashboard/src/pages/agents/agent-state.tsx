// Badges for an agent’s state: active, suspended, default.
import { Badge, Group } from '@mantine/core';

import type { Schemas } from '../../api/client';
import { VerdictBadge } from '../../components/verdict-badge';

export function AgentState({ agent }: { agent: Schemas['Agent'] }) {
  return (
    <Group gap={6} component="span">
      {agent.suspended ? <VerdictBadge outcome="blocked" text="Suspended" /> : agent.lastSeenAt ? <VerdictBadge outcome="allowed" text="Active" /> : <VerdictBadge outcome="neutral" text="Never connected" />}
      {agent.isDefault && (
        <Badge variant="outline" color="gray" tt="none" fw={540}>
          default
        </Badge>
      )}
    </Group>
  );
}
