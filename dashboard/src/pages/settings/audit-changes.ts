// What a change changed: the fields that differ between before and after.

export interface Changed {
  name: string;
  before: string;
  after: string;
}

export function changes(before: unknown, after: unknown): Changed[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return names
    .map((name) => ({ name, before: textOf(old[name]), after: textOf(fresh[name]) }))
    .filter((line) => line.before !== line.after);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) {
    return '–';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
