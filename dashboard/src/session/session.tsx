// The session: renders the application when signed in, else the sign-in instructions.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useLocation } from 'wouter';

import type { Schemas } from '../api/client';
import { ApiError } from '../api/problem';
import { userQuery } from '../api/queries';
import { Unreachable } from '../shell/unreachable';
import { Splash } from '../shell/splash';
import { PersonContext } from './person';
import { SignedOut } from './signed-out';
import { saveReturnPath, takeReturnPath } from './return-path';

export function Session({ children }: { children: (person: Schemas['User']) => ReactNode }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const user = useQuery({
    ...userQuery,
    // Polls while signed out, so that signing in from another tab is noticed.
    refetchInterval: (query) => (isSignedOut(query.state.error) ? 3000 : false),
  });
  const signedOut = isSignedOut(user.error);
  const signedIn = user.data !== undefined && !signedOut;

  // Any call can be the first to get a 401 after the session has ended.
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        if (event.type === 'updated' && event.action.type === 'error' && isSignedOut(event.action.error)) {
          if ((event.query.queryKey as readonly unknown[])[0] !== 'user') {
            void client.invalidateQueries({ queryKey: ['user'] });
          }
        }
      }),
    [client],
  );
  useEffect(() => {
    if (signedOut) {
      saveReturnPath();
    } else if (signedIn) {
      const path = takeReturnPath();
      if (path !== null && window.location.pathname === '/') {
        go(path, { replace: true });
      }
    }
  }, [signedOut, signedIn, go]);

  if (signedOut) {
    return <SignedOut />;
  }
  if (user.data === undefined) {
    return user.isError ? <Unreachable onRetry={() => void user.refetch()} /> : <Splash />;
  }
  return <PersonContext value={user.data}>{children(user.data)}</PersonContext>;
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
