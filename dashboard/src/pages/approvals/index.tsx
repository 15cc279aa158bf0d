// Approvals: what waits for a person, what was decided, and what was allowed beyond one request.
import { useQuery } from '@tanstack/react-query';
import { useRoute } from 'wouter';

import { grantsQuery } from '../../api/queries';
import { usePending } from '../../live/approvals';
import { PageHeader } from '../../pieces/page-header';
import { TabLinks } from '../../pieces/tab-links';
import { Grants } from '../../pieces/grants';
import { History } from './history';
import { NotifyButton } from './notify-button';
import { Waiting } from './waiting';

export default function ApprovalsPage() {
  const [, params] = useRoute('/approvals/*?');
  const rest = params?.['*'] ?? '';
  const waiting = usePending().length;
  const grants = useQuery(grantsQuery).data?.length ?? 0;
  return (
    <>
      <PageHeader
        title="Approvals"
        about="Requests that a rule holds wait here. What you approve goes out exactly as it is shown."
        actions={<NotifyButton />}
      />
      <TabLinks
        label="Approvals"
        tabs={[
          { path: '/approvals', label: 'Waiting', count: waiting },
          { path: '/approvals/history', label: 'History' },
          { path: '/approvals/grants', label: 'Grants', count: grants },
        ]}
      />
      {rest === 'history' ? <History /> : rest === 'grants' ? <Grants /> : <Waiting picked={rest} />}
    </>
  );
}
