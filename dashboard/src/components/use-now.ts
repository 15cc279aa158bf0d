// The time, as often as it must be right: one clock for all that share a pace.
import { useSyncExternalStore } from 'react';

interface Clock {
  now: Date;
  listeners: Set<() => void>;
  timer: number | undefined;
}

const clocks = new Map<number, Clock>();

function clockOf(pace: number): Clock {
  let clock = clocks.get(pace);
  if (clock === undefined) {
    clock = { now: new Date(), listeners: new Set(), timer: undefined };
    clocks.set(pace, clock);
  }
  return clock;
}

/** Now, renewed every `pace` milliseconds. */
export function useNow(pace: number): Date {
  return useSyncExternalStore(
    (listener) => {
      const clock = clockOf(pace);
      clock.listeners.add(listener);
      clock.timer ??= window.setInterval(() => {
        clock.now = new Date();
        clock.listeners.forEach((tell) => tell());
      }, pace);
      return () => {
        clock.listeners.delete(listener);
        if (clock.listeners.size === 0) {
          window.clearInterval(clock.timer);
          clock.timer = undefined;
        }
      };
    },
    () => {
      const clock = clockOf(pace);
      // Nobody looked for a while: the time that was kept is old.
      if (clock.timer === undefined && Date.now() - clock.now.getTime() > pace) {
        clock.now = new Date();
      }
      return clock.now;
    },
  );
}
