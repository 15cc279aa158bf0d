// The phases of a request as bars on a time axis.
import type { Schemas } from '../../api/client';
import { duration } from '../../format/units';
import classes from './activity.module.css';

type Timeline = NonNullable<Schemas['RecordDetail']['timeline']>;

export function TimelineBars({ timeline }: { timeline: Timeline }) {
  const all = Math.max(timeline.totalMs, 0.001);
  const parts = [
    ['Decision', timeline.decideUs === null || timeline.decideUs === undefined ? null : timeline.decideUs / 1000],
    ['Waiting for approval', timeline.holdMs],
    ['Connection', timeline.dialMs],
    ['Upstream', timeline.upstreamMs],
  ] as const;
  const steps = parts.flatMap(([name, ms]) => (ms === null || ms === undefined ? [] : [{ name, ms }]));
  const before = (at: number) => steps.slice(0, at).reduce((sum, step) => sum + step.ms, 0);
  return (
    <ol className={classes.steps}>
      {steps.map((step, at) => (
        <li key={step.name} className={classes.step}>
          <span>{step.name}</span>
          <span className={classes.bar} aria-hidden>
            <span
              className={classes.fill}
              style={{ left: `${Math.min((before(at) / all) * 100, 99)}%`, width: `${Math.min((step.ms / all) * 100, 100)}%` }}
            />
          </span>
          <span className={`number ${classes.right}`}>{duration(step.ms)}</span>
        </li>
      ))}
      <li className={classes.step}>
        <b>Total</b>
        <span />
        <b className={`number ${classes.right}`}>{duration(timeline.totalMs)}</b>
      </li>
    </ol>
  );
}
