// Activity filters, kept in the URL so that a view can be shared.

export interface Filters {
  q: string;
  agentId: string;
  host: string;
  method: string;
  status: string;
  /** One verdict, or several separated by commas. */
  verdict: string;
  /** `true` for records with an alarm. */
  alarm: string;
  /** The time range, such as `1h`; empty for all. */
  since: string;
}

export const NAMES = ['q', 'agentId', 'host', 'method', 'status', 'verdict', 'alarm', 'since'] as const;

/** All verdicts except `allow`. */
export const REFUSED = 'block,default_deny,hold,rate_limit,refuse';

const SPANS: Record<string, number> = { '15m': 15 * 60, '1h': 3600, '24h': 86_400, '7d': 7 * 86_400, '30d': 30 * 86_400 };

export const SINCE = [
  { value: '', label: 'Any time' },
  { value: '15m', label: 'Last 15 minutes' },
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
];

export function readFilters(search: string): Filters {
  const given = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name) ?? ''])) as unknown as Filters;
}

/** The URL query for filters; empty filters are omitted. */
export function writeFilters(filters: Filters): string {
  const out = new URLSearchParams();
  for (const name of NAMES) {
    if (filters[name] !== '') {
      out.set(name, filters[name]);
    }
  }
  const text = out.toString();
  return text === '' ? '' : `?${text}`;
}

export function isFiltered(filters: Filters): boolean {
  return NAMES.some((name) => filters[name] !== '');
}

/** The API query. `now` is rounded to the minute, so that equal filters give equal queries. */
export function queryOf(filters: Filters, now: Date): Record<string, string> {
  const { since, ...rest } = filters;
  const span = SPANS[since];
  const from = span === undefined ? '' : new Date(Math.floor(now.getTime() / 60_000) * 60_000 - span * 1000).toISOString();
  return Object.fromEntries(Object.entries({ ...rest, from }).filter(([, value]) => value !== ''));
}

interface FilteredFields {
  agentId: string;
  host: string;
  method: string;
  path: string;
  status: number;
  verdict: string;
  alarm?: string | null;
}

/** Whether a live record matches the filters. */
export function matches(record: FilteredFields, filters: Filters): boolean {
  const status = String(record.status);
  const search = filters.q.trim().toLowerCase();
  return (
    (filters.agentId === '' || record.agentId === filters.agentId) &&
    (filters.host === '' || record.host === filters.host) &&
    (filters.method === '' || record.method === filters.method) &&
    (filters.verdict === '' || filters.verdict.split(',').includes(record.verdict)) &&
    (filters.alarm === '' || (record.alarm != null) === (filters.alarm === 'true')) &&
    (filters.status === '' || status === filters.status || (/^[1-5]xx$/.test(filters.status) && status.startsWith(filters.status.charAt(0)))) &&
    (search === '' || `${record.method} ${record.host}${record.path}`.toLowerCase().includes(search))
  );
}
