// How a secret fares: whether upstreams take it.
import { type Outcome, VerdictBadge } from '../../components/verdict-badge';
import type { Schemas } from '../../api/client';
import { Tooltip } from '@mantine/core';

const LOOKS: Record<Schemas['SecretHealth'], { outcome: Outcome; text: string; why: string }> = {
  ok: { outcome: 'allowed', text: 'Works', why: 'The upstream took it the last time' },
  failing: { outcome: 'blocked', text: 'Refused', why: 'The upstream answered 401 the last time: it may be wrong, expired or revoked' },
  unused: { outcome: 'neutral', text: 'Not used yet', why: 'No request went out with it so far' },
};

export function Health({ health }: { health: Schemas['SecretHealth'] }) {
  const { outcome, text, why } = LOOKS[health];
  return (
    <Tooltip label={why}>
      <span>
        <VerdictBadge outcome={outcome} text={text} />
      </span>
    </Tooltip>
  );
}
