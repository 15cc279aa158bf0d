// Formats counts, bytes, durations and times for display.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** A short count for charts and tiles: 12.3K. */
export function compactCount(value: number): string {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  if (value < 1000) {
    return `${value} B`;
  }
  const units = ['KB', 'MB', 'GB', 'TB'];
  let size = value / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? ''}`;
}

/** A duration in milliseconds, with two significant digits. */
export function duration(ms: number): string {
  if (ms < 1) {
    return `${Math.round(ms * 1000)} µs`;
  }
  if (ms < 1000) {
    return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  }
  if (ms < 60_000) {
    return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  }
  return longDuration(ms / 1000);
}

/** Remaining seconds as a countdown: 4:09, 1:02:33. */
export function countdown(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

/** A duration in seconds, in words: 5 minutes, 2 hours 10 minutes. */
export function longDuration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [Math.floor(all / 86_400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60];
  const parts = [
    [days, 'day'],
    [hours, 'hour'],
    [minutes, 'minute'],
    [all % 60, 'second'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) {
    return '0 seconds';
  }
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => plural(value, unit))
    .join(' ');
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** A time relative to now: 3 minutes ago. */
export function ago(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const size = Math.abs(seconds);
  if (size < 5) {
    return 'just now';
  }
  const [unit, length] =
    size < 60
      ? (['second', 1] as const)
      : size < 3600
        ? (['minute', 60] as const)
        : size < 86_400
          ? (['hour', 3600] as const)
          : size < 30 * 86_400
            ? (['day', 86_400] as const)
            : size < 365 * 86_400
              ? (['month', 30 * 86_400] as const)
              : (['year', 365 * 86_400] as const);
  return relative.format(Math.trunc(seconds / length), unit);
}

const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function exactTime(at: Date): string {
  return exactly.format(at);
}
