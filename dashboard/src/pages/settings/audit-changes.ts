// The fields that differ between the states before and after a change.

export interface FieldChange {
  name: string;
  before: string;
  after: string;
}

export function changes(before: unknown, after: unknown): FieldChange[] {
  const [previous, current] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(previous), ...Object.keys(current)])];
  return names
    .map((name) => ({ name, before: textOf(previous[name]), after: textOf(current[name]) }))
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
