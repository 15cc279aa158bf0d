// Which of the waiting requests is picked: it stays picked while others come and go.

/** The id to pick when what is picked is gone: the one that took its place, else the last. */
export function keepPicked(ids: readonly string[], picked: string | null, before: readonly string[]): string | null {
  if (ids.length === 0) {
    return null;
  }
  if (picked !== null && ids.includes(picked)) {
    return picked;
  }
  const at = picked === null ? 0 : Math.max(0, before.indexOf(picked));
  const next = before.slice(at).find((id) => ids.includes(id));
  return next ?? ids[Math.min(at, ids.length - 1)] ?? null;
}

/** The neighbour of what is picked. */
export function step(ids: readonly string[], picked: string | null, by: 1 | -1): string | null {
  const at = picked === null ? -1 : ids.indexOf(picked);
  return ids[Math.min(Math.max(at + by, 0), ids.length - 1)] ?? null;
}
