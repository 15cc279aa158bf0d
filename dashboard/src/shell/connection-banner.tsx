// Says when the server can't be reached, and when it can again.
import { useIsFetching, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, read } from '../api/client';
import classes from './connection-banner.module.css';

export function ConnectionBanner() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => read(api.GET('/v1/health', { signal })),
    retry: false,
    refetchInterval: (query) => (query.state.status === 'error' ? 2_000 : 15_000),
    refetchIntervalInBackground: false,
  });
  const client = useQueryClient();
  const lost = health.isError;
  const before = useRef(lost);
  useEffect(() => {
    if (before.current && !lost) {
      // Everything may have changed meanwhile, and what failed is asked for again. The stream of activity catches up by itself.
      void client.invalidateQueries({ predicate: ({ queryKey: [what, part], state }) => what !== 'activity' || part !== 'list' || state.status === 'error' });
    }
    before.current = lost;
  }, [client, lost]);
  const busy = useIsFetching({ queryKey: ['health'] }) > 0;
  return (
    <div role="status" className={classes.place}>
      {lost && (
        <div className={classes.banner}>
          The server can’t be reached. What you see may be old. {busy ? 'Trying…' : 'Trying again shortly.'}
        </div>
      )}
    </div>
  );
}
