// What came since the page was loaded: in front of what was loaded, each once, and not without end.
import type { Schemas } from '../../api/client';

type Record = Schemas['Record'];

export const MOST_LIVE = 500;

/** Adds one that has just come. The ids are in the order of time. */
export function add(live: readonly Record[], record: Record): readonly Record[] {
  if (live.some((one) => one.id === record.id)) {
    return live;
  }
  const at = live.findIndex((one) => one.id < record.id);
  const next = at < 0 ? [...live, record] : [...live.slice(0, at), record, ...live.slice(at)];
  return next.slice(0, MOST_LIVE);
}

/** What is shown: the live ones, then those that were loaded and aren't among them. */
export function join(live: readonly Record[], loaded: readonly Record[]): readonly Record[] {
  if (live.length === 0) {
    return loaded;
  }
  const known = new Set(live.map((one) => one.id));
  return [...live, ...loaded.filter((one) => !known.has(one.id))];
}
