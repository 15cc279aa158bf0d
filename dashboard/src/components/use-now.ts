// The current time as a hook; components with the same interval share one timer.
import { useSyncExternalStore } from 'react';

interface Clock {
  now: Date;
  listeners: Set<() => void>;
  timer: number | undefined;
}

const clocks = new Map<number, Clock>();

function clockOf(interval: number): Clock {
  let clock = clocks.get(interval);
  if (clock === undefined) {
    clock = { now: new Date(), listeners: new Set(), timer: undefined };
    clocks.set(interval, clock);
  }
  return clock;
}

/** Returns the current time, updated every `interval` milliseconds. */
export function useNow(interval: number): Date {
  return useSyncExternalStore(
    (listener) => {
      const clock = clockOf(interval);
      clock.listeners.add(listener);
      clock.timer ??= window.setInterval(() => {
        clock.now = new Date();
        clock.listeners.forEach((notify) => notify());
      }, interval);
      return () => {
        clock.listeners.delete(listener);
        if (clock.listeners.size === 0) {
          window.clearInterval(clock.timer);
          clock.timer = undefined;
        }
      };
    },
    () => {
      const clock = clockOf(interval);
      // The timer is stopped while there are no listeners, so the stored time may be stale.
      if (clock.timer === undefined && Date.now() - clock.now.getTime() > interval) {
        clock.now = new Date();
      }
      return clock.now;
    },
  );
}
