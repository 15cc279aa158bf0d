// Held requests: one source for the header button, the document title and the approvals page.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, readAll, type Schemas } from '../api/client';
import { useEvents } from './events';

export type Held = Schemas['Approval'];

/** Held requests that can be decided now, oldest first. */
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

/** Keeps the approvals up to date and shows pending ones in the document title and as browser notifications. Mounted once, by the shell. */
export function useApprovalsLive(): void {
  const client = useQueryClient();
  const connection = useEvents('/v1/approvals/stream', ['approval'], () => {
    void client.invalidateQueries({ queryKey: ['approvals'] });
    void client.invalidateQueries({ queryKey: ['grants'] });
  });
  useEffect(() => {
    if (connection === 'open') {
      // Covers changes from before the stream was open.
      void client.invalidateQueries({ queryKey: ['approvals'] });
    }
  }, [client, connection]);
  useQuery({ ...pendingQuery, refetchInterval: connection === 'open' ? 30_000 : 3_000 });
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
      const note = new Notification(`${held.agent.name} needs approval`, { body: held.summary.action, tag: held.id });
      note.onclick = () => {
        window.focus();
        note.close();
      };
    }
  }, [pending]);
}
