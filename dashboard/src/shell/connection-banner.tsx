// Says when the server can't be reached, and when it can again.
import { useIsFetching, useQuery } from '@tanstack/react-query';

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
  const busy = useIsFetching({ queryKey: ['health'] }) > 0;
  return (
    <div role="status" className={classes.place}>
      {health.isError && (
        <div className={classes.banner}>
          The server can’t be reached. What you see may be old. {busy ? 'Trying…' : 'Trying again shortly.'}
        </div>
      )}
    </div>
  );
}
