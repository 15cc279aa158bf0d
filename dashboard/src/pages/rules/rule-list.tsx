// The list of rules by action, in the order of precedence.
import { ActionIcon, Button, Group, Menu, Switch, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconCopy, IconDots, IconFlask, IconListCheck, IconPencil, IconPlus, IconSearch, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery, rulesQuery } from '../../api/queries';
import { plural } from '../../format/units';
import { ConfirmDanger } from '../../components/confirm-danger';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { notify, notifyError } from '../../components/notifications';
import { ProgressiveList } from '../../components/progressive-list';
import { PageHeader } from '../../components/page-header';
import { RuleSentence } from '../../components/rule-sentence';
import { RowSkeletons } from '../../components/skeletons';
import { sentenceText } from '../../rules/sentence';
import type { Outcome } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import { ModeCard } from './mode-card';
import classes from './rule-list.module.css';

type Rule = Schemas['Rule'];

const ACTIONS: readonly { action: Rule['action']; outcome: Outcome; text: string }[] = [
  { action: 'block', outcome: 'blocked', text: 'Block' },
  { action: 'manual_approval', outcome: 'held', text: 'Hold' },
  { action: 'rate_limit', outcome: 'rate-limited', text: 'Rate limit' },
  { action: 'allow', outcome: 'allowed', text: 'Allow' },
];

export function RuleList() {
  const rules = useQuery(rulesQuery);
  const agents = useQuery(agentsQuery).data;
  const client = useQueryClient();
  const [, go] = useLocation();
  const [wanted, setWanted] = useState('');
  const [removing, setRemoving] = useState<Rule | null>(null);
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);

  const toggle = useMutation({
    mutationFn: ({ rule, enabled }: { rule: Rule; enabled: boolean }) =>
      read(api.PATCH('/v1/rules/{id}', { params: { path: { id: rule.id } }, body: { enabled } })),
    onMutate: ({ rule, enabled }) => {
      client.setQueryData<Rule[]>(['rules'], (all) => all?.map((one) => (one.id === rule.id ? { ...one, enabled } : one)));
    },
    onError: notifyError,
    onSettled: () => void client.invalidateQueries({ queryKey: ['rules'] }),
  });
  const remove = useMutation({
    mutationFn: (id: string) => read(api.DELETE('/v1/rules/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      notify('Rule deleted');
      setRemoving(null);
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['rules'] });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });
  const name = (id: string) => agents?.find((agent) => agent.id === id)?.name;
  const text = wanted.trim().toLowerCase();
  const shown = (rules.data ?? []).filter(
    (rule) => text === '' || `${rule.name} ${sentenceText(rule, name)}`.toLowerCase().includes(text),
  );

  return (
    <>
      <PageHeader
        title="Rules"
        description="All matching rules apply: any block rule blocks a request, any hold rule holds it, and every rate limit counts it. Their order doesn’t matter."
        actions={
          <>
            <Button component={Link} href="/rules/test" variant="default" leftSection={<IconFlask size={16} />}>
              Test a request
            </Button>
            <Button component={Link} href="/rules/new" leftSection={<IconPlus size={16} />}>
              Create rule
            </Button>
          </>
        }
      />
      <ModeCard />
      {rules.isPending ? (
        <RowSkeletons rows={6} height={64} />
      ) : rules.isError && rules.data === undefined ? (
        <ErrorState subject="rules" error={rules.error} onRetry={() => void rules.refetch()} />
      ) : rules.data.length === 0 ? (
        <EmptyState
          icon={<IconListCheck size={26} />}
          title="No rules yet"
          action={
            <Button component={Link} href="/rules/new">
              Create rule
            </Button>
          }
        >
          Hold payments for approval, block deletions, or limit the request rate to a model.
        </EmptyState>
      ) : (
        <>
          {rules.data.length > 6 && (
            <TextInput
              ref={search}
              mb="md"
              maw={420}
              leftSection={<IconSearch size={16} />}
              placeholder={`Search ${plural(rules.data.length, 'rule')}`}
              aria-label="Search rules"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          )}
          {shown.length === 0 && <Text className="quiet">No rules match “{wanted}”.</Text>}
          <ProgressiveList items={ACTIONS.flatMap(({ action }) => shown.filter((rule) => rule.action === action))}>
            {(part) =>
              ACTIONS.map(({ action, outcome, text: label }) => {
                const those = part.filter((rule) => rule.action === action);
                return (
                  those.length > 0 && (
                    <section key={action} className={classes.group} aria-label={label}>
                      <h2 className={classes.heading}>
                        <VerdictBadge outcome={outcome} text={label} /> <span className="quiet number">{shown.filter((rule) => rule.action === action).length}</span>
                      </h2>
                      <ul className={classes.list}>
                        {those.map((rule) => (
                          <li key={rule.id} className={classes.rule} data-off={!rule.enabled || undefined}>
                            <Link href={`/rules/${rule.id}`} className={classes.text}>
                              <Text fw={560}>{rule.name}</Text>
                              <Text size="sm" className={classes.sentence}>
                                <RuleSentence rule={rule} agents={agents} />
                              </Text>
                            </Link>
                            <Group gap="sm" wrap="nowrap">
                              <Switch
                                checked={rule.enabled}
                                onChange={(event) => toggle.mutate({ rule, enabled: event.currentTarget.checked })}
                                aria-label={`Enable ${rule.name}`}
                              />
                              <Menu position="bottom-end" withinPortal>
                                <Menu.Target>
                                  <ActionIcon variant="subtle" color="gray" aria-label={`More actions for ${rule.name}`}>
                                    <IconDots size={18} />
                                  </ActionIcon>
                                </Menu.Target>
                                <Menu.Dropdown>
                                  <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => go(`/rules/${rule.id}`)}>
                                    Edit
                                  </Menu.Item>
                                  <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => go(`/rules/new?copy=${rule.id}`)}>
                                    Duplicate
                                  </Menu.Item>
                                  <Menu.Item color="var(--blocked)" leftSection={<IconTrash size={16} />} onClick={() => setRemoving(rule)}>
                                    Delete
                                  </Menu.Item>
                                </Menu.Dropdown>
                              </Menu>
                            </Group>
                          </li>
                        ))}
                      </ul>
                    </section>
                  )
                );
              })
            }
          </ProgressiveList>
        </>
      )}
      <ConfirmDanger
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Delete the rule “${removing?.name ?? ''}”?`}
        confirmLabel="Delete rule"
        onConfirm={() => removing && remove.mutate(removing.id)}
        busy={remove.isPending}
        error={remove.error}
      >
        {removing && (
          <>
            This rule stops applying: <RuleSentence rule={removing} agents={agents} />. To stop it temporarily, disable it instead.
          </>
        )}
      </ConfirmDanger>
    </>
  );
}
