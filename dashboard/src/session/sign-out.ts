// Ends the session.
import type { QueryClient } from '@tanstack/react-query';

import { api, read } from '../api/client';
import { sayError } from '../pieces/notice';

export async function signOut(queries: QueryClient): Promise<void> {
  try {
    await read(api.POST('/v1/sign-out'));
  } catch (error) {
    sayError(error);
    return;
  }
  // Nothing of what was seen stays behind for whoever comes next.
  queries.clear();
  window.location.assign('/');
}
