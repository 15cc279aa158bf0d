// What was decided, and what ended otherwise.
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
import { type Outcome, VerdictBadge } from '../../components/verdict-badge';
import { HeldDetails } from './held-details';

const ENDS: Record<Held['state'], { outcome: Outcome; text: string }> = {
  pending: { outcome: 'held', text: 'Waiting' },
  interrupted: { outcome: 'held', text: 'Interrupted' },
  approved: { outcome: 'allowed', text: 'Approved' },
  denied: { outcome: 'blocked', text: 'Denied' },
  expired: { outcome: 'neutral', text: 'Expired' },
  cancelled: { outcome: 'neutral', text: 'Cancelled' },
};

const ENDED = 'approved,denied,expired,cancelled';

export function History() {
  const [open, setOpen] = useState<string | null>(null);
  const history = useInfiniteQuery({
    queryKey: ['approvals', 'history'],
    queryFn: ({ pageParam, signal }) =>
      readPage(api.GET('/v1/approvals', { params: { query: { state: ENDED, limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  if (history.isPending) {
    return <RowSkeletons rows={8} />;
  }
  if (history.isError && history.data === undefined) {
    return <ErrorState what="The history" error={history.error} again={() => void history.refetch()} />;
  }
  const ended = history.data.pages.flatMap((page) => page.items);
  if (ended.length === 0) {
    return (
      <EmptyState icon={<IconHistory size={26} />} title="Nothing was decided yet">
        Each held request stays here for 90 days with who decided, when and why.
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
              <Table.Th>Ended</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>Asked</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Details</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ended.map((held) => (
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
                    <VerdictBadge {...ENDS[held.state]} />
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
                      {open === held.id ? 'Less' : 'Everything'}
                    </Button>
                  </Table.Td>
                </Table.Tr>
                {open === held.id && (
                  <Table.Tr>
                    <Table.Td colSpan={6}>
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
