// The result of a replay: recorded requests whose verdict changes, and those that can’t be evaluated.
import { Text } from '@mantine/core';

import type { Schemas } from '../../api/client';
import { count, plural } from '../../format/units';
import { TimeAgo } from '../../components/time-ago';
import { verdictLook } from './verdicts';
import { VerdictBadge } from '../../components/verdict-badge';
import classes from './replay-summary.module.css';

export function ReplaySummary({ replay }: { replay: Schemas['Replay'] }) {
  return (
    <div>
      {replay.examples.length > 0 && (
        <ul className={classes.list}>
          {replay.examples.slice(0, 8).map((one) => (
            <li key={one.activityId} className={classes.one}>
              <span className={`code cut ${classes.request}`}>
                {one.method} {one.host}
                {one.path}
              </span>
              <span className="quiet">
                {one.agentName}, <TimeAgo at={one.at} />
              </span>
              <span className={classes.change}>
                <VerdictBadge {...verdictLook(one.before)} /> → <VerdictBadge {...verdictLook(one.after)} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {replay.changed > 8 && (
        <Text size="sm" className="quiet">
          and {count(replay.changed - Math.min(8, replay.examples.length))} more
        </Text>
      )}
      {replay.unknown > 0 && (
        <Text size="sm" className="quiet">
          {plural(replay.unknown, 'request')} can’t be evaluated: records contain no headers, bodies or parameter values.
        </Text>
      )}
    </div>
  );
}
