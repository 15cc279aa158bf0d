// Time that runs out.
import { Text } from '@mantine/core';

import { clock, exact } from '../format/units';
import { useNow } from './use-now';

/** How long there is until a time. In the last 30 seconds it warns. */
export function Countdown({ until, label = 'Time left' }: { until: string; label?: string }) {
  const now = useNow(1000);
  const end = new Date(until);
  const seconds = (end.getTime() - now.getTime()) / 1000;
  return (
    <Text
      component="span"
      className="number"
      fw={600}
      c={seconds < 30 ? 'var(--blocked)' : undefined}
      title={exact(end)}
      role="timer"
      aria-label={`${label}: ${clock(seconds)}`}
    >
      {clock(seconds)}
    </Text>
  );
}
