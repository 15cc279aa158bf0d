// The test page: the verdict for a hypothetical request, and the reasons. Nothing is sent.
import { Anchor, Button, Group, Select, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearch } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { agentsQuery } from '../../api/queries';
import { showErrors } from '../../components/form-errors';
import { PageHeader } from '../../components/page-header';
import { VerdictBadge } from '../../components/verdict-badge';
import { METHODS } from '../../rules/methods';
import classes from './editor.module.css';
import { readHeaders } from './header-lines';
import { verdictLook } from './verdicts';

export function TestPage() {
  const given = new URLSearchParams(useSearch());
  const agents = useQuery(agentsQuery).data ?? [];
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm({
    mode: 'controlled',
    initialValues: {
      method: given.get('method') ?? 'GET',
      url: given.get('url') ?? '',
      agentId: given.get('agentId') ?? '',
      headers: '',
      body: '',
    },
    validate: {
      url: (value) => (/^https?:\/\/[^/]+/.test(value.trim()) ? null : 'Enter a full URL, such as https://api.stripe.com/v1/refunds'),
      headers: (value) => readHeaders(value).problem,
    },
  });
  const test = useMutation({
    mutationFn: (values: ReturnType<typeof form.getValues>) =>
      read(
        api.POST('/v1/rules/test', {
          body: {
            method: values.method,
            url: values.url.trim(),
            agentId: values.agentId || null,
            headers: readHeaders(values.headers).headers,
            ...(values.body !== '' && { body: values.body as unknown as Record<string, never> }),
          },
        }),
      ),
    onError: (error) => setProblem(showErrors(form, error)),
  });
  return (
    <>
      <PageHeader
        title="Test a request"
        description="Evaluates a request as the gateway would. Nothing is sent, counted or decrypted."
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
            test.mutate(values);
          })}
        >
          <Stack>
            <Group align="flex-start" wrap="nowrap">
              <Select
                label="Method"
                w={120}
                data={[...METHODS]}
                allowDeselect={false}
                {...form.getInputProps('method')}
              />
              <TextInput label="URL" flex={1} placeholder="https://api.stripe.com/v1/refunds" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('url')} />
            </Group>
            <Select
              label="Agent"
              searchable
              data={[{ value: '', label: 'Any agent with access to all secrets' }, ...agents.map((agent) => ({ value: agent.id, label: agent.name }))]}
              allowDeselect={false}
              {...form.getInputProps('agentId')}
            />
            <Textarea label="Headers" description="One per line, as name: value" autosize minRows={2} maxRows={8} classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('headers')} />
            <Textarea label="Body" autosize minRows={3} maxRows={14} classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('body')} />
            {problem !== null && (
              <Text c="var(--blocked)" role="alert">
                {problem}
              </Text>
            )}
            <div>
              <Button type="submit" loading={test.isPending}>
                Test
              </Button>
            </div>
          </Stack>
        </form>
        <aside className={classes.aside} aria-live="polite" aria-label="Verdict">
          <div className={`card ${classes.form}`}>
            {test.data === undefined ? (
              <Text className="quiet">The verdict and the matching rules appear here.</Text>
            ) : (
              <Verdict result={test.data} />
            )}
          </div>
        </aside>
      </div>
    </>
  );
}

const DEFAULTS: Partial<Record<string, string>> = {
  default_deny: ', and the project denies by default',
  hold: ', and the project asks by default',
};

function Verdict({ result }: { result: Schemas['TestVerdict'] }) {
  return (
    <Stack gap="sm">
      <div>
        <VerdictBadge {...verdictLook(result.verdict)} />
        {result.verdict === 'rate_limit' && <span className="quiet"> Allowed until the limit is reached.</span>}
      </div>
      <Text className="code" size="sm">
        {result.canonical.host}
        {result.canonical.path}
      </Text>
      <Title order={2}>Rules</Title>
      {result.matched.length === 0 ? (
        <Text className="quiet">No rule matches{DEFAULTS[result.verdict] ?? ''}.</Text>
      ) : (
        result.matched.map((rule) => (
          <div key={rule.id}>
            <Anchor component={Link} href={`/rules/${rule.id}`} fw={540}>
              {rule.name}
            </Anchor>
            <Text size="sm" className="quiet">
              {rule.why}
            </Text>
          </div>
        ))
      )}
      <Title order={2}>Secrets</Title>
      {result.secrets.length === 0 ? (
        <Text className="quiet">None would be used.</Text>
      ) : (
        result.secrets.map((secret) => (
          <Text key={secret.id}>
            <Anchor component={Link} href={`/secrets/${secret.id}`}>
              {secret.name}
            </Anchor>{' '}
            <span className="quiet">as {secret.as}</span>
          </Text>
        ))
      )}
    </Stack>
  );
}
