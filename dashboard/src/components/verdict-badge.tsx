// A badge for the outcome of a request: text, icon and colour, so that no outcome depends on colour alone.
import { IconAlertTriangle, IconBan, IconCheck, IconCircleDashed, IconGauge, IconHandStop } from '@tabler/icons-react';

import type { Badge } from './outcome';
import classes from './verdict-badge.module.css';

const LOOKS = {
  allowed: { Icon: IconCheck, label: 'Allowed' },
  blocked: { Icon: IconBan, label: 'Blocked' },
  held: { Icon: IconHandStop, label: 'Held' },
  'rate-limited': { Icon: IconGauge, label: 'Rate limited' },
  failed: { Icon: IconAlertTriangle, label: 'Failed' },
  neutral: { Icon: IconCircleDashed, label: 'None' },
} as const;

export function VerdictBadge({ outcome, text }: Badge) {
  const { Icon, label } = LOOKS[outcome];
  return (
    <span className={classes.badge} data-outcome={outcome}>
      <Icon size={14} stroke={2.2} aria-hidden />
      {text ?? label}
    </span>
  );
}
