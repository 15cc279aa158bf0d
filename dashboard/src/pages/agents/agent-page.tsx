// The page of one agent: connection, secrets, rules, activity, grants and actions.
import { ActionIcon, Anchor, Button, Group, Menu } from '@mantine/core';
import { IconArrowLeft, IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh, IconStar, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery, grantsQuery, rulesQuery } from '../../api/queries';
import { plural } from '../../format/units';
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
      <ErrorState subject="the agent" error={agents.error} onRetry={() => void agents.refetch()} />
    ) : (
      <RowSkeletons rows={5} />
    );
  }
  return agent === undefined ? <NotFound /> : <AgentDetails agent={agent} tab={tab} />;
}

type Danger = 'suspend' | 'regenerate' | 'delete';

function AgentDetails({ agent, tab }: { agent: Schemas['Agent']; tab: string }) {
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
      notify(DONE[what](agent.name));
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
        back={
          <Anchor component={Link} href="/agents" size="sm" className={classes.up}>
            <IconArrowLeft size={14} aria-hidden /> Agents
          </Anchor>
        }
        description={
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
                <ActionIcon variant="default" size={36} aria-label="More actions for this agent">
                  <IconDots size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setRenaming(true)}>
                  Rename
                </Menu.Item>
                {!agent.isDefault && (
                  <Menu.Item leftSection={<IconStar size={16} />} onClick={() => act.mutate('default')}>
                    Make default
                  </Menu.Item>
                )}
                <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => setDanger('regenerate')}>
                  Replace token
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
        label="Agent sections"
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
        title={danger === null ? '' : `${QUESTION[danger]} ${agent.name}?`}
        confirmLabel={danger === null ? '' : CONFIRM[danger]}
        onConfirm={() => danger && act.mutate(danger)}
        busy={act.isPending}
        error={act.error}
      >
        {danger === 'suspend' && 'All its requests get 403 and its open connections are closed. You can resume the agent at any time.'}
        {danger === 'regenerate' &&
          'The current token stops working immediately: programs that use it get 407 until they have the new one. Its held requests are cancelled.'}
        {danger === 'delete' && (
          <>
            Its token stops working immediately.{' '}
            {rules.length > 0 && `${plural(rules.length, 'rule')} for this agent only will be deleted as well. `}
            {grants.length > 0 && 'Its grants are revoked. '}
            Its activity is kept. This can’t be undone.
          </>
        )}
      </ConfirmDanger>
    </>
  );
}

const QUESTION: Record<Danger, string> = { suspend: 'Suspend', regenerate: 'Replace the token of', delete: 'Delete' };
const CONFIRM: Record<Danger, string> = { suspend: 'Suspend agent', regenerate: 'Replace token', delete: 'Delete agent' };
const DONE: Record<Danger | 'resume' | 'default', (name: string) => string> = {
  suspend: (name) => `${name} suspended`,
  resume: (name) => `${name} resumed`,
  default: (name) => `${name} is now the default agent`,
  regenerate: (name) => `Token of ${name} replaced`,
  delete: (name) => `${name} deleted`,
};
