// What came since the page was loaded: in front of what was loaded, each once.
import type { Schemas } from '../../api/client';

type Record = Schemas['Record'];

/** From more than this on, the list is loaded anew in place of growing. */
export const MOST_LIVE = 5_000;

/** Adds those that have just come, each once. The ids are in the order of time. */
export function add(live: readonly Record[], records: readonly Record[]): readonly Record[] {
  const known = new Set(live.map((one) => one.id));
  const fresh = records.filter((record) => !known.has(record.id) && known.add(record.id));
  if (fresh.length === 0) {
    return live;
  }
  return [...fresh, ...live].sort((one, other) => (one.id < other.id ? 1 : -1));
}

/** What is shown: the live ones, then those that were loaded and aren't among them. Those are the first that were
 * loaded, so that no more is looked at however many there are. */
export function join(live: readonly Record[], loaded: readonly Record[]): readonly Record[] {
  if (live.length === 0) {
    return loaded;
  }
  const known = new Set(live.map((one) => one.id));
  const head = loaded.slice(0, 2 * MOST_LIVE).filter((one) => !known.has(one.id));
  return [...live, ...head, ...loaded.slice(2 * MOST_LIVE)];
}
