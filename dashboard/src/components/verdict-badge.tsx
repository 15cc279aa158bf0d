// What became of a request, told by word, shape and colour.
import { IconAlertTriangle, IconBan, IconCheck, IconCircleDashed, IconGauge, IconHandStop } from '@tabler/icons-react';

import classes from './verdict-badge.module.css';

export type Outcome = 'allowed' | 'blocked' | 'held' | 'limited' | 'failed' | 'neutral';

const LOOKS = {
  allowed: { Icon: IconCheck, text: 'Allowed' },
  blocked: { Icon: IconBan, text: 'Blocked' },
  held: { Icon: IconHandStop, text: 'Held' },
  limited: { Icon: IconGauge, text: 'Limited' },
  failed: { Icon: IconAlertTriangle, text: 'Failed' },
  neutral: { Icon: IconCircleDashed, text: 'None' },
} as const;

/** The outcome of a recorded request. */
export function outcomeOf(record: { verdict: string; error?: string | null; status: number }): Outcome {
  switch (record.verdict) {
    case 'allow':
      return record.error ? 'failed' : 'allowed';
    case 'rate_limit':
      return 'limited';
    case 'hold':
      return 'held';
    default:
      return 'blocked';
  }
}

export function VerdictBadge({ outcome, text }: { outcome: Outcome; text?: string }) {
  const { Icon, text: usual } = LOOKS[outcome];
  return (
    <span className={classes.badge} data-outcome={outcome}>
      <Icon size={14} stroke={2.2} aria-hidden />
      {text ?? usual}
    </span>
  );
}
