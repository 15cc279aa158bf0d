// One agent: how to connect it, what it may use, its rules, activity and grants, and what can be done with it.
import { ActionIcon, Anchor, Button, Group, Menu } from '@mantine/core';
import { IconArrowLeft, IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh, IconStar, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery, grantsQuery, rulesQuery } from '../../api/queries';
import { ConfirmDanger } from '../../components/confirm-danger';
import { ErrorState } from '../../components/error-state';
import { Grants } from '../../components/grants';
import { notify, notifyError } from '../../components/notifications';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { TabLinks } from '../../components/tab-links';
import { TimeAgo } from '../../components/time-ago';
import { NotFound } from '../../shell/not-found';
import { AgentActivity } from './agent-activity';
import { AgentRules } from './agent-rules';
import { AgentState } from './agent-state';
import classes from './agents.module.css';
import { Access } from './access';
import { Connect } from './connect';
import { Rename } from './rename';

export function AgentPage({ id, tab }: { id: string; tab: string }) {
  const agents = useQuery(agentsQuery);
  const agent = agents.data?.find((one) => one.id === id);
  if (agents.data === undefined) {
    return agents.isError ? (
      <ErrorState what="The agent" error={agents.error} again={() => void agents.refetch()} />
    ) : (
      <RowSkeletons rows={5} />
    );
  }
  return agent === undefined ? <NotFound /> : <Known agent={agent} tab={tab} />;
}

type Danger = 'suspend' | 'regenerate' | 'delete';

function Known({ agent, tab }: { agent: Schemas['Agent']; tab: string }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const rules = useQuery(rulesQuery).data?.filter((rule) => rule.agentId === agent.id) ?? [];
  const grants = useQuery(grantsQuery).data?.filter((grant) => grant.agentId === agent.id) ?? [];
  const [danger, setDanger] = useState<Danger | null>(null);
  const [renaming, setRenaming] = useState(false);
  const params = { params: { path: { id: agent.id } } };
  const renew = () => {
    for (const key of ['agents', 'rules', 'counts', 'container-config']) {
      void client.invalidateQueries({ queryKey: [key] });
    }
  };
  const act = useMutation({
    mutationFn: async (what: Danger | 'resume' | 'default') => {
      switch (what) {
        case 'suspend':
          return read(api.POST('/v1/agents/{id}/suspend', params));
        case 'resume':
          return read(api.POST('/v1/agents/{id}/resume', params));
        case 'default':
          return read(api.POST('/v1/agents/{id}/set-default', params));
        case 'regenerate':
          return read(api.POST('/v1/agents/{id}/regenerate-token', params));
        case 'delete':
          return read(api.DELETE('/v1/agents/{id}', params));
      }
    },
    onSuccess: (_, what) => {
      notify(`${agent.name} ${DONE[what]}`);
      setDanger(null);
      if (what === 'delete') {
        go('/agents');
      }
    },
    onError: (error, what) => {
      if (what === 'resume' || what === 'default') {
        notifyError(error);
      }
    },
    onSettled: renew,
  });
  const base = `/agents/${agent.id}`;
  return (
    <>
      <PageHeader
        title={agent.name}
        up={
          <Anchor component={Link} href="/agents" size="sm" className={classes.up}>
            <IconArrowLeft size={14} aria-hidden /> Agents
          </Anchor>
        }
        about={
          <Group gap="sm" component="span">
            <AgentState agent={agent} />
            <span className="code">{agent.identifier}</span>
            <span>
              last seen <TimeAgo at={agent.lastSeenAt} />
            </span>
          </Group>
        }
        actions={
          <>
            {agent.suspended ? (
              <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => act.mutate('resume')} loading={act.isPending}>
                Resume
              </Button>
            ) : (
              <Button variant="default" leftSection={<IconPlayerPause size={16} />} onClick={() => setDanger('suspend')}>
                Suspend
              </Button>
            )}
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size={36} aria-label="More for this agent">
                  <IconDots size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setRenaming(true)}>
                  Rename
                </Menu.Item>
                {!agent.isDefault && (
                  <Menu.Item leftSection={<IconStar size={16} />} onClick={() => act.mutate('default')}>
                    Make it the default
                  </Menu.Item>
                )}
                <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => setDanger('regenerate')}>
                  Replace its token
                </Menu.Item>
                {!agent.isDefault && (
                  <Menu.Item color="var(--blocked)" leftSection={<IconTrash size={16} />} onClick={() => setDanger('delete')}>
                    Delete
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <TabLinks
        label="About this agent"
        tabs={[
          { path: base, label: 'Connect' },
          { path: `${base}/secrets`, label: 'Secrets' },
          { path: `${base}/rules`, label: 'Rules', count: rules.length },
          { path: `${base}/activity`, label: 'Activity' },
          { path: `${base}/grants`, label: 'Grants', count: grants.length },
        ]}
      />
      {tab === 'secrets' ? (
        <Access agent={agent} />
      ) : tab === 'rules' ? (
        <AgentRules agent={agent} />
      ) : tab === 'activity' ? (
        <AgentActivity agent={agent} />
      ) : tab === 'grants' ? (
        <Grants agentId={agent.id} />
      ) : (
        <Connect agent={agent} />
      )}
      <Rename agent={agent} opened={renaming} onClose={() => setRenaming(false)} />
      <ConfirmDanger
        opened={danger !== null}
        onClose={() => setDanger(null)}
        title={danger === null ? '' : `${ASK[danger]} ${agent.name}?`}
        confirmLabel={danger === null ? '' : CONFIRM[danger]}
        onConfirm={() => danger && act.mutate(danger)}
        busy={act.isPending}
        error={act.error}
      >
        {danger === 'suspend' && 'Every request of it gets 403 from now on, and its open tunnels are closed. You can resume it at any time.'}
        {danger === 'regenerate' &&
          'The token that it has now stops at once: programs that hold it get 407 until they are given the new one. What waits for an approval is cancelled.'}
        {danger === 'delete' && (
          <>
            Its token stops at once.{' '}
            {rules.length > 0 && `${rules.length === 1 ? 'The rule' : `The ${rules.length} rules`} for it alone ${rules.length === 1 ? 'is' : 'are'} deleted too. `}
            {grants.length > 0 && 'Its grants end. '}
            Its activity stays. It can’t be brought back.
          </>
        )}
      </ConfirmDanger>
    </>
  );
}

const ASK: Record<Danger, string> = { suspend: 'Suspend', regenerate: 'Replace the token of', delete: 'Delete' };
const CONFIRM: Record<Danger, string> = { suspend: 'Suspend', regenerate: 'Replace token', delete: 'Delete agent' };
const DONE: Record<Danger | 'resume' | 'default', string> = {
  suspend: 'is suspended.',
  resume: 'goes on.',
  default: 'is the default agent now.',
  regenerate: 'has a new token.',
  delete: 'is deleted.',
};
