// The rule editor: a form, the rule as a sentence, and its effect on recorded requests.
import { Anchor, Button, Checkbox, Group, MultiSelect, NumberInput, SegmentedControl, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { api, read } from '../../api/client';
import { agentsQuery, rulesQuery } from '../../api/queries';
import { longDuration } from '../../format/units';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { PageHeader } from '../../components/page-header';
import { RuleSentence } from '../../components/rule-sentence';
import { RowSkeletons } from '../../components/skeletons';
import { NotFound } from '../../shell/not-found';
import { ConditionFields } from './condition-fields';
import { METHODS } from '../../rules/methods';
import { bodyOf, type Draft, EMPTY, formOf, fromLink, suggestName } from './draft';
import { Effect } from './effect';
import classes from './editor.module.css';
import { TrafficInput } from './traffic-input';

/** Edits a rule, or with `null` creates one. */
export function Editor({ id }: { id: string | null }) {
  const rules = useQuery(rulesQuery);
  const search = useSearch();
  const copied = id === null ? new URLSearchParams(search).get('copy') : null;
  const wanted = id ?? copied;
  if (rules.data === undefined && wanted !== null) {
    return rules.isError ? (
      <ErrorState subject="the rule" error={rules.error} onRetry={() => void rules.refetch()} />
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

function RuleForm({ id, initial }: { id: string | null; initial: Draft }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const agents = useQuery(agentsQuery).data ?? [];
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: initial,
    validate: {
      hostPattern: (value) => (value.trim() === '' ? 'Enter a host, such as api.stripe.com, *.example.com, or * for all hosts' : null),
      pathPattern: (value) => {
        const path = value.trim();
        return path === '' || path === '*' || path.startsWith('/') ? null : 'A path starts with /';
      },
      rateLimit: (value, all) =>
        all.action !== 'rate_limit' || (Number(value) >= 1 && Number(value) <= 1_000_000) ? null : 'Enter a number from 1 to 1,000,000',
      approvalTimeoutSeconds: (value, all) =>
        all.action !== 'manual_approval' || (Number(value) >= 10 && Number(value) <= 86_400) ? null : 'Enter a number from 10 to 86,400',
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
      notify(id === null ? 'Rule created; it applies to the next request' : 'Rule saved; it applies to the next request');
      go('/rules');
    },
    onError: (error) => setProblem(showErrors(form, error, { method: 'methods' })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['rules'] });
      void client.invalidateQueries({ queryKey: ['counts'] });
    },
  });

  return (
    <>
      <PageHeader
        title={id === null ? 'Create rule' : 'Edit rule'}
        back={
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
                Action
              </Text>
              <SegmentedControl
                fullWidth
                aria-labelledby="action-label"
                className={classes.actions}
                data={[
                  { value: 'manual_approval', label: 'Hold' },
                  { value: 'block', label: 'Block' },
                  { value: 'rate_limit', label: 'Rate limit' },
                  { value: 'allow', label: 'Allow' },
                ]}
                {...form.getInputProps('action')}
              />
              <Text size="sm" className="quiet" mt={6}>
                {ACTION_HELP[draft.action]}
              </Text>
            </div>
            {draft.action === 'rate_limit' && (
              <Group grow align="flex-start">
                <NumberInput label="Limit" suffix=" requests" min={1} max={1_000_000} allowDecimal={false} thousandSeparator="," {...form.getInputProps('rateLimit')} />
                <Select label="Per" data={['minute', 'hour', 'day']} allowDeselect={false} {...form.getInputProps('rateLimitWindow')} />
              </Group>
            )}
            {draft.action === 'manual_approval' && (
              <NumberInput
                label="Approval timeout in seconds"
                description={`Denied without a decision within ${longDuration(Number(draft.approvalTimeoutSeconds) || 0)}.`}
                min={10}
                max={86_400}
                allowDecimal={false}
                thousandSeparator=","
                {...form.getInputProps('approvalTimeoutSeconds')}
              />
            )}
            <Group grow align="flex-start" className={classes.pair}>
              <TrafficInput label="Host" placeholder="api.stripe.com" of="host" description="A name, *.example.com, or * for all hosts" {...form.getInputProps('hostPattern')} />
              <TrafficInput label="Path" placeholder="All paths" of="path" host={draft.hostPattern} description="/v1/users, /v1/*, /repos/*/*/pulls" {...form.getInputProps('pathPattern')} />
            </Group>
            <Group grow align="flex-start" className={classes.pair}>
              <MultiSelect label="Methods" data={METHODS} placeholder={draft.methods.length === 0 ? 'All methods' : undefined} clearable {...form.getInputProps('methods')} />
              <Select
                label="Agent"
                searchable
                data={[{ value: '', label: 'All agents' }, ...agents.map((agent) => ({ value: agent.id, label: agent.name }))]}
                allowDeselect={false}
                {...form.getInputProps('agentId')}
              />
            </Group>
            <ConditionFields form={form} />
            <TextInput label="Name" placeholder={draft.hostPattern ? suggestName(draft) : 'Refunds need approval'} maxLength={255} {...form.getInputProps('name')} />
            <Group gap="xl">
              <Switch label="Enabled" {...form.getInputProps('enabled', { type: 'checkbox' })} />
              <Checkbox label="Ignore case in paths" {...form.getInputProps('caseInsensitive', { type: 'checkbox' })} />
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
        <aside className={classes.aside} aria-label="Rule preview">
          <div className={`card ${classes.sentence}`}>
            <Text size="lg" fw={560}>
              {draft.hostPattern.trim() === '' ? (
                <span className="quiet">Enter a host to preview the rule.</span>
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

const ACTION_HELP: Record<Draft['action'], string> = {
  manual_approval: 'The request is held until a person approves it, then sent unchanged.',
  block: 'The request gets 403. Block rules override all other rules and grants.',
  rate_limit: 'Requests over the limit get 429. The limit applies to each agent separately, in a sliding window.',
  allow: 'The request is allowed unless another rule blocks or holds it. Needed where the project asks or denies by default.',
};
