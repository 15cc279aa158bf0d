// The list of agents.
import { Button, Table, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconPlus, IconRobot, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { agentsQuery } from '../../api/queries';
import { count, plural } from '../../format/units';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { ProgressiveList } from '../../components/progressive-list';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { AgentState } from './agent-state';
import classes from '../../components/list-table.module.css';
import { CreateAgent } from './create-agent';

export function AgentList({ creating = false }: { creating?: boolean }) {
  const agents = useQuery({ ...agentsQuery, refetchInterval: 30_000 });
  const [, go] = useLocation();
  const [wanted, setWanted] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);
  const text = wanted.trim().toLowerCase();
  const shown = (agents.data ?? []).filter((one) => `${one.name} ${one.identifier}`.toLowerCase().includes(text));
  return (
    <>
      <PageHeader
        title="Agents"
        description="Each agent authenticates to the gateway with its own access token. Secrets, rules and activity are per agent."
        actions={
          <Button leftSection={<IconPlus size={16} />} onClick={() => go('/agents/new')}>
            Create agent
          </Button>
        }
      />
      {agents.isPending ? (
        <RowSkeletons rows={5} />
      ) : agents.isError && agents.data === undefined ? (
        <ErrorState subject="agents" error={agents.error} onRetry={() => void agents.refetch()} />
      ) : agents.data.length === 0 ? (
        <EmptyState icon={<IconRobot size={26} />} title="No agents" action={<Button onClick={() => go('/agents/new')}>Create agent</Button>} />
      ) : (
        <>
          {agents.data.length > 6 && (
            <TextInput
              ref={search}
              mb="md"
              maw={420}
              leftSection={<IconSearch size={16} />}
              placeholder={`Search ${plural(agents.data.length, 'agent')}`}
              aria-label="Search agents"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          )}
          {shown.length === 0 && <Text className="quiet">No agents match “{wanted}”.</Text>}
          {shown.length > 0 && (
            <ProgressiveList items={shown}>
              {(part) => (
                <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>State</Table.Th>
                      <Table.Th className={classes.wide}>Last seen</Table.Th>
                      <Table.Th className={classes.wide}>Requests</Table.Th>
                      <Table.Th className={classes.wide}>Secrets</Table.Th>
                      <Table.Th className={classes.wide}>Created</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {part.map((agent) => (
                      <Table.Tr key={agent.id} className={classes.row} onClick={() => go(`/agents/${agent.id}`)}>
                        <Table.Td>
                          <Link href={`/agents/${agent.id}`} className={classes.name} onClick={(event) => event.stopPropagation()}>
                            {agent.name}
                          </Link>
                          <Text size="sm" className="quiet code">
                            {agent.identifier}
                          </Text>
                        </Table.Td>
                        <Table.Td>
                          <AgentState agent={agent} />
                        </Table.Td>
                        <Table.Td className={classes.wide}>
                          <TimeAgo at={agent.lastSeenAt} />
                        </Table.Td>
                        <Table.Td className={`number ${classes.wide}`}>{count(agent.requestCount)}</Table.Td>
                        <Table.Td className={classes.wide}>{agent.secretMode === 'all' ? 'All' : 'Selected'}</Table.Td>
                        <Table.Td className={classes.wide}>
                          <TimeAgo at={agent.createdAt} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              )}
            </ProgressiveList>
          )}
        </>
      )}
      <CreateAgent opened={creating} onClose={() => go('/agents')} />
    </>
  );
}
