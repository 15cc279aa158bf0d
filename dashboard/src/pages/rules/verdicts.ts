// Badges for the verdicts of tests and replays.
import { type Badge, readable } from '../../components/outcome';

const LOOKS: Record<string, Badge> = {
  allow: { outcome: 'allowed', text: 'Allowed' },
  block: { outcome: 'blocked', text: 'Blocked' },
  default_deny: { outcome: 'blocked', text: 'Blocked by default' },
  hold: { outcome: 'held', text: 'Held' },
  rate_limit: { outcome: 'rate-limited', text: 'Rate limited' },
};

/** Any other verdict is an error code of the gateway. */
export function verdictLook(verdict: string): Badge {
  return LOOKS[verdict] ?? { outcome: 'failed', text: readable(verdict) };
}
