// The history of held requests: decided, expired and cancelled.
import { Button, Table, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';

import { api, readPage } from '../../api/client';
import type { Held } from '../../live/approvals';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import type { Outcome } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import { HeldBy } from './held-by';
import { HeldDetails } from './held-details';
import { SummaryList } from './summary-list';

const STATES: Record<Held['state'], { outcome: Outcome; text: string }> = {
  pending: { outcome: 'held', text: 'Pending' },
  interrupted: { outcome: 'held', text: 'Interrupted' },
  approved: { outcome: 'allowed', text: 'Approved' },
  denied: { outcome: 'blocked', text: 'Denied' },
  expired: { outcome: 'neutral', text: 'Expired' },
  cancelled: { outcome: 'neutral', text: 'Cancelled' },
};

const FINAL_STATES = 'approved,denied,expired,cancelled';

export function History() {
  const [open, setOpen] = useState<string | null>(null);
  const history = useInfiniteQuery({
    queryKey: ['approvals', 'history'],
    queryFn: ({ pageParam, signal }) =>
      readPage(api.GET('/v1/approvals', { params: { query: { state: FINAL_STATES, limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  if (history.isPending) {
    return <RowSkeletons rows={8} />;
  }
  if (history.isError && history.data === undefined) {
    return <ErrorState subject="the history" error={history.error} onRetry={() => void history.refetch()} />;
  }
  const requests = history.data.pages.flatMap((page) => page.items);
  if (requests.length === 0) {
    return (
      <EmptyState icon={<IconHistory size={26} />} title="No decisions yet">
        Decided, expired and cancelled requests are listed here with the person who decided and the reason.
      </EmptyState>
    );
  }
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Request</Table.Th>
              <Table.Th>Agent</Table.Th>
              <Table.Th>Outcome</Table.Th>
              <Table.Th>Decided by</Table.Th>
              <Table.Th>Requested</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Details</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {requests.map((held) => (
              <Fragment key={held.id}>
                <Table.Tr>
                  <Table.Td maw={360}>
                    <Text fw={540}>{held.summary.action}</Text>
                    <Text className="quiet code" size="sm" lineClamp={1}>
                      {held.method} {held.host}
                      {held.path}
                    </Text>
                  </Table.Td>
                  <Table.Td>{held.agent.name}</Table.Td>
                  <Table.Td>
                    <VerdictBadge {...STATES[held.state]} />
                  </Table.Td>
                  <Table.Td maw={220}>
                    {held.decidedBy ?? '–'}
                    {held.reason && (
                      <Text size="sm" className="quiet">
                        {held.reason}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <TimeAgo at={held.createdAt} />
                  </Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="gray"
                      aria-expanded={open === held.id}
                      onClick={() => setOpen(open === held.id ? null : held.id)}
                    >
                      {open === held.id ? 'Hide' : 'Details'}
                    </Button>
                  </Table.Td>
                </Table.Tr>
                {open === held.id && (
                  <Table.Tr>
                    <Table.Td colSpan={6}>
                      <Text size="sm" className="quiet">
                        This request: <HeldBy rule={held.rule} />
                      </Text>
                      <SummaryList fields={held.summary.details} all />
                      <HeldDetails held={held} />
                    </Table.Td>
                  </Table.Tr>
                )}
              </Fragment>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {history.hasNextPage && (
        <Button variant="default" mt="md" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Show older
        </Button>
      )}
    </>
  );
}
