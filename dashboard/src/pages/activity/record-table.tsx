// The virtualised table of records: only visible rows are in the DOM.
import { Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';

import type { Schemas } from '../../api/client';
import { duration } from '../../format/units';
import { TimeAgo } from '../../components/time-ago';
import { badgeOf } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import classes from './activity.module.css';
import { explainAlarm } from './explanations';

interface Props {
  records: readonly Schemas['Record'][];
  selected: string;
  onSelect: (id: string) => void;
  /** Whether older records can be loaded. */
  more: boolean;
  loading: boolean;
  onMore: () => void;
}

const ROW = 40;

export function RecordTable({ records, selected, onSelect, more, loading, onMore }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: records.length + (more ? 1 : 0),
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loading && last >= records.length - 60) {
      onMore();
    }
  }, [more, loading, last, records.length, onMore]);
  const step = (by: 1 | -1) => {
    const here = records.findIndex((record) => record.id === selected);
    const next = records[Math.min(Math.max(here + by, 0), records.length - 1)];
    if (next !== undefined) {
      rows.scrollToIndex(records.indexOf(next));
      onSelect(next.id);
    }
  };
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
  ]);
  return (
    <div className={`card ${classes.table}`}>
      <div className={classes.head} aria-hidden>
        <span>Time</span>
        <span>Verdict</span>
        <span>Agent</span>
        <span>Request</span>
        <span className={classes.right}>Status</span>
        <span className={classes.right}>Duration</span>
      </div>
      <div ref={scroll} className={classes.scroll} role="list" aria-label="Requests, newest first">
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const record = records[item.index];
            return (
              <div role="listitem" key={record?.id ?? 'more'}>
                {record === undefined ? (
                  <div className={classes.row} style={{ transform: `translateY(${item.start}px)` }}>
                    <Text size="sm" className="quiet">
                      Loading older requests…
                    </Text>
                  </div>
                ) : (
                  <button
                    type="button"
                    className={classes.row}
                    style={{ transform: `translateY(${item.start}px)` }}
                    aria-current={record.id === selected || undefined}
                    onClick={() => onSelect(record.id)}
                  >
                    <span className={`${classes.time} ${classes.wide}`}>
                      <TimeAgo at={record.at} plain />
                    </span>
                    <span>
                      <VerdictBadge {...badgeOf(record)} />
                    </span>
                    <span className={`cut ${classes.wide}`}>{record.agentName}</span>
                    <span className="cut code">
                      <b>{record.method}</b> {record.host}
                      {record.path}
                      {record.alarm && (
                        <IconAlertTriangle size={14} className={classes.alarm} role="img" aria-label={`Alarm: ${explainAlarm(record.alarm).title}`} />
                      )}
                    </span>
                    <span className={`number ${classes.right} ${record.status >= 500 || record.status === 0 ? classes.bad : ''}`}>{record.status === 0 ? '–' : record.status}</span>
                    <span className={`number ${classes.right} ${classes.wide}`}>{duration(record.durationMs)}</span>
                  </button>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
