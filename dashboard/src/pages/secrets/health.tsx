// The health of a secret: whether upstreams accept it.
import type { Outcome } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import type { Schemas } from '../../api/client';
import { Tooltip } from '@mantine/core';

const LOOKS: Record<Schemas['SecretHealth'], { outcome: Outcome; text: string; why: string }> = {
  ok: { outcome: 'allowed', text: 'OK', why: 'The upstream accepted it on last use' },
  failing: { outcome: 'blocked', text: 'Rejected', why: 'The upstream responded with 401 on last use: it may be wrong, expired or revoked' },
  unused: { outcome: 'neutral', text: 'Unused', why: 'No request has used it yet' },
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
