// A time as seen from now, and exactly for who asks.
import { Tooltip } from '@mantine/core';

import { ago, exact } from '../format/units';
import { useNow } from './use-now';

export function TimeAgo({ at, never = 'never' }: { at: string | null | undefined; never?: string }) {
  const now = useNow(10_000);
  if (at === null || at === undefined) {
    return <span className="quiet">{never}</span>;
  }
  const time = new Date(at);
  return (
    <Tooltip label={exact(time)}>
      <time dateTime={at} className="number">
        {ago(time, now)}
      </time>
    </Tooltip>
  );
}
