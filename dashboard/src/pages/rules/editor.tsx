// The editor: a rule in parts, with the sentence that it makes and what it would have done.
import { Anchor, Button, Checkbox, Group, NumberInput, SegmentedControl, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { api, read } from '../../api/client';
import { agentsQuery, rulesQuery } from '../../api/queries';
import { left } from '../../format/units';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { PageHeader } from '../../components/page-header';
import { RuleSentence } from '../../components/rule-sentence';
import { RowSkeletons } from '../../components/skeletons';
import { NotFound } from '../../shell/not-found';
import { ConditionFields } from './condition-fields';
import { bodyOf, type Draft, EMPTY, formOf, fromLink, suggestName } from './draft';
import { Effect } from './effect';
import classes from './editor.module.css';
import { TrafficInput } from './traffic-input';

/** Edits a rule, or with `null` makes one. */
export function Editor({ id }: { id: string | null }) {
  const rules = useQuery(rulesQuery);
  const search = useSearch();
  const copied = id === null ? new URLSearchParams(search).get('copy') : null;
  const wanted = id ?? copied;
  if (rules.data === undefined && wanted !== null) {
    return rules.isError ? (
      <ErrorState what="The rule" error={rules.error} again={() => void rules.refetch()} />
    ) : (
      <RowSkeletons rows={6} />
    );
  }
  const rule = rules.data?.find((one) => one.id === wanted);
  if (id !== null && rule === undefined) {
    return <NotFound />;
  }
  const initial = rule === undefined ? { ...EMPTY, ...fromLink(search) } : formOf(rule);
  if (copied !== null && rule !== undefined) {
    initial.name = `${rule.name} (copy)`;
  }
  return <RuleForm key={wanted ?? 'new'} id={id} initial={initial} />;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

function RuleForm({ id, initial }: { id: string | null; initial: Draft }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const agents = useQuery(agentsQuery).data ?? [];
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: initial,
    validate: {
      hostPattern: (value) => (value.trim() === '' ? 'Which host? A name such as api.stripe.com, *.example.com, or * for all' : null),
      pathPattern: (value) => {
        const path = value.trim();
        return path === '' || path === '*' || path.startsWith('/') ? null : 'A path begins with /';
      },
      rateLimit: (value, all) =>
        all.action !== 'rate_limit' || (Number(value) >= 1 && Number(value) <= 1_000_000) ? null : 'From 1 to 1,000,000',
      approvalTimeoutSeconds: (value, all) =>
        all.action !== 'manual_approval' || (Number(value) >= 10 && Number(value) <= 86_400) ? null : 'From 10 to 86,400 seconds',
    },
  });
  const draft = form.getValues();
  const [settled] = useDebouncedValue(draft, 350);
  const save = useMutation({
    mutationFn: async (values: Draft) => {
      const body = bodyOf(values);
      return id === null
        ? read(api.POST('/v1/rules', { body }))
        : read(api.PATCH('/v1/rules/{id}', { params: { path: { id } }, body }));
    },
    onSuccess: () => {
      notify(id === null ? 'The rule holds from now on.' : 'Saved. It holds from now on.');
      go('/rules');
    },
    onError: (error) => setProblem(showErrors(form, error)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['rules'] });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });

  return (
    <>
      <PageHeader
        title={id === null ? 'Write a rule' : 'Edit rule'}
        up={
          <Anchor component={Link} href="/rules" size="sm" className={classes.up}>
            <IconArrowLeft size={14} aria-hidden /> Rules
          </Anchor>
        }
      />
      <div className={classes.columns}>
        <form
          className={`card ${classes.form}`}
          noValidate
          onSubmit={form.onSubmit((values) => {
            setProblem(null);
            save.mutate(values);
          })}
        >
          <Stack gap="lg">
            <div>
              <Text size="sm" fw={500} mb={4} id="action-label">
                What happens
              </Text>
              <SegmentedControl
                fullWidth
                aria-labelledby="action-label"
                className={classes.actions}
                data={[
                  { value: 'manual_approval', label: 'Hold' },
                  { value: 'block', label: 'Block' },
                  { value: 'rate_limit', label: 'Limit' },
                  { value: 'allow', label: 'Allow' },
                ]}
                {...form.getInputProps('action')}
              />
              <Text size="sm" className="quiet" mt={6}>
                {WHAT[draft.action]}
              </Text>
            </div>
            {draft.action === 'rate_limit' && (
              <Group grow align="flex-start">
                <NumberInput label="At most" suffix=" requests" min={1} max={1_000_000} allowDecimal={false} thousandSeparator="," {...form.getInputProps('rateLimit')} />
                <Select label="In any" data={['minute', 'hour', 'day']} allowDeselect={false} {...form.getInputProps('rateLimitWindow')} />
              </Group>
            )}
            {draft.action === 'manual_approval' && (
              <NumberInput
                label="Time to decide, in seconds"
                description={`Without a decision within ${left(Number(draft.approvalTimeoutSeconds) || 0)} it is denied.`}
                min={10}
                max={86_400}
                allowDecimal={false}
                thousandSeparator=","
                {...form.getInputProps('approvalTimeoutSeconds')}
              />
            )}
            <Group grow align="flex-start" className={classes.pair}>
              <TrafficInput label="Host" placeholder="api.stripe.com" of="host" description="A name, *.example.com, or * for all" {...form.getInputProps('hostPattern')} />
              <TrafficInput label="Path" placeholder="any path" of="path" host={draft.hostPattern} description="/v1/users, /v1/*, /repos/*/*/pulls" {...form.getInputProps('pathPattern')} />
            </Group>
            <Group grow align="flex-start" className={classes.pair}>
              <Select label="Method" data={[{ value: '', label: 'Every method' }, ...METHODS]} allowDeselect={false} {...form.getInputProps('method')} />
              <Select
                label="Agent"
                searchable
                data={[{ value: '', label: 'All agents' }, ...agents.map((agent) => ({ value: agent.id, label: agent.name }))]}
                allowDeselect={false}
                {...form.getInputProps('agentId')}
              />
            </Group>
            <ConditionFields form={form} />
            <TextInput label="Name" placeholder={draft.hostPattern ? suggestName(draft) : 'Refunds need a person'} maxLength={255} {...form.getInputProps('name')} />
            <Group gap="xl">
              <Switch label="Enabled" {...form.getInputProps('enabled', { type: 'checkbox' })} />
              <Checkbox label="Ignore letter case in paths" {...form.getInputProps('caseInsensitive', { type: 'checkbox' })} />
            </Group>
            {problem !== null && (
              <Text c="var(--blocked)" role="alert">
                {problem}
              </Text>
            )}
            <Group gap="xs">
              <Button type="submit" loading={save.isPending}>
                {id === null ? 'Create rule' : 'Save'}
              </Button>
              <Button component={Link} href="/rules" variant="default">
                Cancel
              </Button>
            </Group>
          </Stack>
        </form>
        <aside className={classes.aside} aria-label="What the rule does">
          <div className={`card ${classes.sentence}`}>
            <Text size="lg" fw={560}>
              {draft.hostPattern.trim() === '' ? (
                <span className="quiet">Say which host, and the rule stands here as a sentence.</span>
              ) : (
                <RuleSentence rule={bodyOf(draft)} agents={agents} />
              )}
            </Text>
          </div>
          <Effect id={id} draft={settled} />
        </aside>
      </div>
    </>
  );
}

const WHAT: Record<Draft['action'], string> = {
  manual_approval: 'The request waits until a person approves it. What was approved is sent, byte for byte.',
  block: 'The request is refused with 403. A block wins over every other rule and over grants.',
  rate_limit: 'Counted for each agent, in a sliding window. Beyond the limit it is refused with 429.',
  allow: 'It goes through. Needed where the project denies by default; a block or hold still wins.',
};
