// A banner while the server is unreachable.
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
      // Data may have changed during the outage, so everything is fetched again. The activity stream catches up by itself.
      void client.invalidateQueries({ predicate: ({ queryKey: [resource, view], state }) => resource !== 'activity' || view !== 'list' || state.status === 'error' });
    }
    before.current = lost;
  }, [client, lost]);
  const busy = useIsFetching({ queryKey: ['health'] }) > 0;
  return (
    <div role="status" className={classes.place}>
      {lost && (
        <div className={classes.banner}>
          Can’t reach the server. Data on this page may be out of date. {busy ? 'Reconnecting…' : 'Retrying shortly.'}
        </div>
      )}
    </div>
  );
}
