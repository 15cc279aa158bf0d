// Requests that wait for a person: one source for the bell, the title and the page.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, readAll, type Schemas } from '../api/client';
import { useEvents } from './events';

export type Held = Schemas['Approval'];

/** What can be decided now, oldest first. */
export const pendingQuery = queryOptions({
  queryKey: ['approvals', 'waiting'],
  queryFn: async ({ signal }) => {
    const newest = await readAll((cursor) =>
      api.GET('/v1/approvals', { params: { query: { state: 'pending,interrupted', limit: 200, cursor } }, signal }),
    );
    return newest.reverse();
  },
});

const NONE: Held[] = [];

export function usePending(): Held[] {
  return useQuery(pendingQuery).data ?? NONE;
}

/** Keeps the approvals fresh, and says in the title and by notification that somebody is waited for. Once for the page. */
export function useApprovalsLive(): void {
  const client = useQueryClient();
  const link = useEvents('/v1/approvals/stream', ['approval'], () => {
    void client.invalidateQueries({ queryKey: ['approvals'] });
    void client.invalidateQueries({ queryKey: ['grants'] });
  });
  useEffect(() => {
    if (link === 'open') {
      // What happened before the stream was there.
      void client.invalidateQueries({ queryKey: ['approvals'] });
    }
  }, [client, link]);
  useQuery({ ...pendingQuery, refetchInterval: link === 'open' ? 30_000 : 3_000 });
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
