// Submits a decision about a held request.
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, read, type Schemas } from '../../api/client';
import { ApiError } from '../../api/problem';
import { type Held, pendingQuery } from '../../live/approvals';
import { notify, notifyError } from '../../components/notifications';

export interface Decision {
  held: Held;
  decision: 'approve' | 'deny';
  grant?: Schemas['GiveGrant'];
  reason?: string;
}

export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ held, decision, grant, reason }: Decision) =>
      read(
        api.POST('/v1/approvals/{id}/decision', {
          params: { path: { id: held.id } },
          body: { decision, ...(grant && { grant }), ...(reason && { reason }) },
        }),
      ),
    onSuccess: (_, { held, decision, grant }) => {
      const done = decision === 'deny' ? 'Denied' : grant ? 'Approved with a grant' : 'Approved';
      notify(`${done}: ${held.summary.action}`);
      // Removed optimistically; the next fetch confirms it.
      client.setQueryData(pendingQuery.queryKey, (all) => all?.filter((one) => one.id !== held.id));
    },
    onError: (error) => {
      if (error instanceof ApiError && (error.status === 409 || error.status === 410 || error.status === 404)) {
        notify(error.status === 409 ? 'Already decided by someone else' : 'This request is no longer pending');
      } else {
        notifyError(error);
      }
    },
    onSettled: () => {
      for (const key of ['approvals', 'grants', 'counts']) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}
