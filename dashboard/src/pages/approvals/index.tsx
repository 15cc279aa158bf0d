// Approvals: pending requests, the history and the grants.
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
  const pending = usePending().length;
  const grants = useQuery(grantsQuery).data?.length ?? 0;
  return (
    <>
      <PageHeader
        title="Approvals"
        description="Held requests wait here for your decision. An approved request is sent exactly as shown."
        actions={<NotifyButton />}
      />
      <TabLinks
        label="Approvals"
        tabs={[
          { path: '/approvals', label: 'Pending', count: pending },
          { path: '/approvals/history', label: 'History' },
          { path: '/approvals/grants', label: 'Grants', count: grants },
        ]}
      />
      {rest === 'history' ? <History /> : rest === 'grants' ? <Grants /> : <Pending initial={rest} />}
    </>
  );
}
