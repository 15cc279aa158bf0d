import { describe, expect, it } from 'vitest';

import { isFiltered, matches, queryOf, readFilters, writeFilters } from './filters';

const none = readFilters('');
const record = { agentId: 'a', host: 'api.test', method: 'POST', path: '/v1/x?k=***', status: 404, verdict: 'allow', alarm: null };

describe('activity filters', () => {
  it('are written to the URL and read back', () => {
    const filters = { ...none, q: 'a b', verdict: 'block', since: '1h' };
    expect(writeFilters(filters)).toBe('?q=a+b&verdict=block&since=1h');
    expect(readFilters(writeFilters(filters))).toEqual(filters);
    expect(writeFilters(none)).toBe('');
    expect([isFiltered(none), isFiltered(filters)]).toEqual([false, true]);
  });
  it('give the same API query within a minute', () => {
    const at = (seconds: number) => queryOf({ ...none, since: '1h' }, new Date(Date.UTC(2026, 0, 1, 12, 30, seconds)));
    expect(at(5)).toEqual({ from: '2026-01-01T11:30:00.000Z' });
    expect(at(59)).toEqual(at(5));
    expect(queryOf({ ...none, host: 'api.test' }, new Date())).toEqual({ host: 'api.test' });
  });
  it('apply to live records', () => {
    expect(matches(record, none)).toBe(true);
    expect(matches(record, { ...none, status: '4xx', method: 'POST', q: 'TEST/v1' })).toBe(true);
    expect(matches(record, { ...none, status: '404' })).toBe(true);
    for (const other of [{ status: '5xx' }, { verdict: 'block,hold' }, { alarm: 'true' }, { agentId: 'b' }, { q: 'nothing' }, { host: 'b.test' }]) {
      expect(matches(record, { ...none, ...other })).toBe(false);
    }
  });
});
