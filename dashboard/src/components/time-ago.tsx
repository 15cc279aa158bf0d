// A relative time, with the exact time in a tooltip.
import { Tooltip } from '@mantine/core';

import { ago, exactTime } from '../format/units';
import { useNow } from './use-now';

interface Props {
  at: string | null | undefined;
  never?: string;
  /** Uses the browser’s own tooltip, which is cheaper in virtualised lists. */
  plain?: boolean;
}

export function TimeAgo({ at, never = 'never', plain = false }: Props) {
  const now = useNow(10_000);
  if (at === null || at === undefined) {
    return <span className="quiet">{never}</span>;
  }
  const time = new Date(at);
  const shown = (
    <time dateTime={at} className="number" title={plain ? exactTime(time) : undefined}>
      {ago(time, now)}
    </time>
  );
  return plain ? shown : <Tooltip label={exactTime(time)}>{shown}</Tooltip>;
}
