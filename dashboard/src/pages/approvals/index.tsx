// Approvals: what waits for a person, what was decided, and what was allowed beyond one request.
import { useQuery } from '@tanstack/react-query';
import { useRoute } from 'wouter';

import { grantsQuery } from '../../api/queries';
import { usePending } from '../../live/approvals';
import { PageHeader } from '../../components/page-header';
import { TabLinks } from '../../components/tab-links';
import { Grants } from '../../components/grants';
import { History } from './history';
import { NotifyButton } from './notify-button';
import { Pending } from './pending';

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
      {rest === 'history' ? <History /> : rest === 'grants' ? <Grants /> : <Pending selected={rest} />}
    </>
  );
}
