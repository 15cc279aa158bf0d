// Merges records received live with those loaded from the API.
import type { Schemas } from '../../api/client';

type Record = Schemas['Record'];

/** Beyond this number of live records the list is reloaded instead. */
export const MAX_LIVE = 5_000;

/** Adds new records, without duplicates. Ids sort by time. */
export function add(live: readonly Record[], records: readonly Record[]): readonly Record[] {
  const known = new Set(live.map((one) => one.id));
  const fresh = records.filter((record) => !known.has(record.id) && known.add(record.id));
  if (fresh.length === 0) {
    return live;
  }
  return [...fresh, ...live].sort((one, other) => (one.id < other.id ? 1 : -1));
}

/** The live records followed by the loaded ones, without duplicates. Duplicates can only be among the first loaded
 * records, so the rest isn’t checked. */
export function join(live: readonly Record[], loaded: readonly Record[]): readonly Record[] {
  if (live.length === 0) {
    return loaded;
  }
  const known = new Set(live.map((one) => one.id));
  const head = loaded.slice(0, 2 * MAX_LIVE).filter((one) => !known.has(one.id));
  return [...live, ...head, ...loaded.slice(2 * MAX_LIVE)];
}
