// A live countdown.
import { Text } from '@mantine/core';

import { countdown, exactTime } from '../format/units';
import { useNow } from './use-now';

/** The time remaining until `until`. The last 30 seconds are highlighted. */
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
      title={exactTime(end)}
      role="timer"
      aria-label={`${label}: ${countdown(seconds)}`}
    >
      {countdown(seconds)}
    </Text>
  );
}
