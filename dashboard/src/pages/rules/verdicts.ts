// How verdicts of the rules look: those of a test and of a replay.
import type { Outcome } from '../../components/verdict-badge';

const LOOKS: Record<string, { outcome: Outcome; text: string }> = {
  allow: { outcome: 'allowed', text: 'Allowed' },
  block: { outcome: 'blocked', text: 'Blocked' },
  default_deny: { outcome: 'blocked', text: 'Denied by default' },
  hold: { outcome: 'held', text: 'Held' },
  rate_limit: { outcome: 'limited', text: 'Counted' },
};

/** Any other is the code of a refusal. */
export function verdictLook(verdict: string): { outcome: Outcome; text: string } {
  return LOOKS[verdict] ?? { outcome: 'failed', text: verdict.replaceAll('_', ' ') };
}
