// Which fields of a summary are shown before “Show more fields”.

/** Beyond this number, the rest is shown on request. */
export const MAX_FIELDS = 10;

/** A slightly longer list is shown in full: the button would take as much space as the fields it hides. */
const TOLERANCE = 2;

/** Splits fields into those shown at once and the number of hidden ones. */
export function visibleFields<T>(fields: readonly T[], all: boolean): { shown: readonly T[]; hidden: number } {
  if (all || fields.length <= MAX_FIELDS + TOLERANCE) {
    return { shown: fields, hidden: 0 };
  }
  return { shown: fields.slice(0, MAX_FIELDS), hidden: fields.length - MAX_FIELDS };
}
