// The filter bar: search, agent, verdict, status, method and time.
import { Button, Pill, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconSearch, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { agentsQuery } from '../../api/queries';
import classes from './activity.module.css';
import { type Filters, isFiltered, readFilters, REFUSED, SINCE } from './filters';

const VERDICTS = [
  { value: '', label: 'All verdicts' },
  { value: 'allow', label: 'Allowed' },
  { value: REFUSED, label: 'Not allowed' },
  { value: 'block', label: 'Blocked' },
  { value: 'hold', label: 'Held' },
  { value: 'rate_limit', label: 'Rate limited' },
  { value: 'default_deny', label: 'Blocked by default' },
  { value: 'refuse', label: 'Refused by the gateway' },
];
const STATUSES = [{ value: '', label: 'All statuses' }, '2xx', '3xx', '4xx', '5xx', '200', '201', '204', '400', '401', '403', '404', '407', '429', '500', '502', '503', '504'];
const METHODS = [{ value: '', label: 'All methods' }, 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT'];

/** Adds the current value to the choices, because the URL may contain any. */
function withCurrent(choices: readonly Choice[], value: string): Choice[] {
  const has = choices.some((choice) => (typeof choice === 'string' ? choice : choice.value) === value);
  return has ? [...choices] : [...choices, value];
}

type Choice = string | { value: string; label: string };

export function FilterBar({ filters, onChange }: { filters: Filters; onChange: (next: Filters) => void }) {
  const agents = useQuery(agentsQuery).data ?? [];
  const search = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.q);
  const [before, setBefore] = useState(filters.q);
  if (before !== filters.q) {
    setBefore(filters.q);
    setTyped(filters.q);
  }
  const apply = useDebouncedCallback((q: string) => onChange({ ...filters, q }), 250);
  useHotkeys([['/', () => search.current?.focus()]]);
  const set = (name: keyof Filters) => (value: string | null) => onChange({ ...filters, [name]: value ?? '' });
  return (
    <div className={classes.filters} role="search">
      <TextInput
        ref={search}
        className={classes.search}
        leftSection={<IconSearch size={16} />}
        placeholder="Search hosts and paths"
        aria-label="Search hosts and paths"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          apply(event.currentTarget.value);
        }}
      />
      <Select
        className={classes.filter}
        aria-label="Agent"
        searchable
        data={[{ value: '', label: 'All agents' }, ...agents.map((agent) => ({ value: agent.id, label: agent.name }))]}
        value={filters.agentId}
        onChange={set('agentId')}
        allowDeselect={false}
      />
      <Select className={classes.filter} aria-label="Verdict" data={withCurrent(VERDICTS, filters.verdict)} value={filters.verdict} onChange={set('verdict')} allowDeselect={false} />
      <Select className={classes.filter} aria-label="Status" data={withCurrent(STATUSES, filters.status)} value={filters.status} onChange={set('status')} allowDeselect={false} />
      <Select className={classes.filter} aria-label="Method" data={withCurrent(METHODS, filters.method)} value={filters.method} onChange={set('method')} allowDeselect={false} />
      <Select className={classes.filter} aria-label="Time" data={SINCE} value={filters.since} onChange={set('since')} allowDeselect={false} />
      {filters.alarm !== '' && (
        <Pill size="md" withRemoveButton onRemove={() => set('alarm')('')} removeButtonProps={{ 'aria-label': 'Remove the alarm filter' }}>
          {filters.alarm === 'true' ? 'With an alarm' : 'Without an alarm'}
        </Pill>
      )}
      {isFiltered(filters) && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={15} />} onClick={() => onChange(readFilters(''))}>
          Clear
        </Button>
      )}
    </div>
  );
}
