// Requests that wait for a person: one source for the bell, the title and the page.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, read, type Schemas } from '../api/client';
import { useEvents } from './events';

export type Held = Schemas['Approval'];

/** The newest 200 held requests, whatever became of them. */
export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => read(api.GET('/v1/approvals', { params: { query: { limit: 200 } }, signal })),
});

/** What can be decided now, oldest first. */
export function usePending(): Held[] {
  const { data } = useQuery({ ...approvalsQuery, select: pendingOf });
  return data ?? [];
}

export function pendingOf(all: Held[]): Held[] {
  return all.filter((held) => held.state === 'pending' || held.state === 'interrupted').reverse();
}

/** Keeps the approvals fresh, and says in the title and by notification that somebody is waited for. Once for the page. */
export function useApprovalsLive(): void {
  const client = useQueryClient();
  const link = useEvents('/v1/approvals/stream', ['approval'], () => {
    void client.invalidateQueries({ queryKey: ['approvals'] });
    void client.invalidateQueries({ queryKey: ['grants'] });
  });
  useQuery({ ...approvalsQuery, refetchInterval: link === 'open' ? 30_000 : 3_000 });
  const pending = usePending();
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    const base = document.title.replace(/^\(\d+\) /, '');
    document.title = pending.length > 0 ? `(${pending.length}) ${base}` : base;
    const before = known.current;
    known.current = new Set(pending.map((held) => held.id));
    if (before === null || !('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) {
      return;
    }
    for (const held of pending.filter((one) => !before.has(one.id))) {
      const note = new Notification(`${held.agent.name} waits for you`, { body: held.summary.action, tag: held.id });
      note.onclick = () => {
        window.focus();
        note.close();
      };
    }
  }, [pending]);
}
