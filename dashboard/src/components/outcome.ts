// The outcome of a recorded request, as its badge shows it.

export type Outcome = 'allowed' | 'blocked' | 'held' | 'rate-limited' | 'failed' | 'neutral';

export interface Badge {
  outcome: Outcome;
  /** Replaces the outcome’s own label. */
  text?: string;
}

/** The badge of a record. Unknown verdicts, such as a newer server’s, are shown by name. */
export function badgeOf({ verdict, error }: { verdict: string; error?: string | null }): Badge {
  switch (verdict) {
    case 'allow':
      if (error === 'cancelled') {
        return { outcome: 'neutral', text: 'Cancelled' };
      }
      return { outcome: error ? 'failed' : 'allowed' };
    case 'rate_limit':
      return { outcome: 'rate-limited' };
    case 'hold':
      return { outcome: 'held' };
    case 'block':
    case 'default_deny':
      return { outcome: 'blocked' };
    case 'refuse':
      return { outcome: 'blocked', text: 'Refused' };
    default:
      return { outcome: 'neutral', text: readable(verdict) };
  }
}

/** A code as text: `some_new_code` becomes "Some new code". */
export function readable(code: string): string {
  const text = code.replaceAll(/[._]/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
