// Keeps one of the pending requests selected while others appear and disappear.

/** The id to select: the current one if it still exists, else its successor, else the last. */
export function keepSelected(ids: readonly string[], selected: string | null, before: readonly string[]): string | null {
  if (ids.length === 0) {
    return null;
  }
  if (selected !== null && ids.includes(selected)) {
    return selected;
  }
  const at = selected === null ? 0 : Math.max(0, before.indexOf(selected));
  const next = before.slice(at).find((id) => ids.includes(id));
  return next ?? ids[Math.min(at, ids.length - 1)] ?? null;
}

/** The id `by` steps after the selected one, within the list. */
export function step(ids: readonly string[], selected: string | null, by: 1 | -1): string | null {
  const at = selected === null ? -1 : ids.indexOf(selected);
  return ids[Math.min(Math.max(at + by, 0), ids.length - 1)] ?? null;
}
