// Ends the session.
import type { QueryClient } from '@tanstack/react-query';

import { api, read } from '../api/client';
import { notifyError } from '../components/notifications';

export async function signOut(queries: QueryClient): Promise<void> {
  try {
    await read(api.POST('/v1/sign-out'));
  } catch (error) {
    notifyError(error);
    return;
  }
  // Cached data must not be readable after sign-out.
  queries.clear();
  window.location.assign('/');
}
