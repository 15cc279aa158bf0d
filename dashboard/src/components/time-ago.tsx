// A time as seen from now, and exactly for who asks.
import { Tooltip } from '@mantine/core';

import { ago, exact } from '../format/units';
import { useNow } from './use-now';

interface Props {
  at: string | null | undefined;
  never?: string;
  /** Leaves the exact time to the browser to show, for lists that are drawn anew while they scroll. */
  plain?: boolean;
}

export function TimeAgo({ at, never = 'never', plain = false }: Props) {
  const now = useNow(10_000);
  if (at === null || at === undefined) {
    return <span className="quiet">{never}</span>;
  }
  const time = new Date(at);
  const shown = (
    <time dateTime={at} className="number" title={plain ? exact(time) : undefined}>
      {ago(time, now)}
    </time>
  );
  return plain ? shown : <Tooltip label={exact(time)}>{shown}</Tooltip>;
}
