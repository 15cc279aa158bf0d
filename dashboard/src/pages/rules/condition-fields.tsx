// The conditions of a rule, all of which must hold.
import { ActionIcon, Anchor, Button, Select, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { Condition, Draft } from './draft';
import classes from './condition-fields.module.css';

const TARGETS: Record<Condition['target'], { label: string; key: string | null; hint: string }> = {
  query: { label: 'Query parameter', key: 'Parameter', hint: 'dry_run' },
  header: { label: 'Header', key: 'Header', hint: 'x-request-id' },
  body: { label: 'Body text', key: null, hint: '' },
  body_json: { label: 'JSON body', key: 'JSON Pointer', hint: '/customer/email' },
  form: { label: 'Form field', key: 'Field', hint: 'amount' },
  graphql: { label: 'GraphQL', key: 'Property', hint: 'operationType, operationName or field' },
  jsonrpc: { label: 'JSON-RPC, MCP', key: 'Property', hint: 'method, tool or arguments/…' },
};

const OPERATORS: Record<Condition['operator'], string> = {
  equals: 'is',
  not_equals: 'is not',
  contains: 'contains',
  starts_with: 'starts with',
  ends_with: 'ends with',
  matches: 'matches (regex)',
  exists: 'exists',
  greater_than: 'is greater than',
  less_than: 'is less than',
};

const options = <T extends string>(labels: Record<T, string | { label: string }>) =>
  Object.entries<string | { label: string }>(labels).map(([value, one]) => ({
    value,
    label: typeof one === 'string' ? one : one.label,
  }));

export function ConditionFields({ form }: { form: UseFormReturnType<Draft> }) {
  const { conditions } = form.getValues();
  return (
    <fieldset className={classes.all}>
      <legend className={classes.legend}>Conditions</legend>
      {conditions.length === 0 && (
        <Text size="sm" className="quiet">
          None: the rule matches all requests to this host and path. Add a condition on a value, such as an amount or a GraphQL mutation.
        </Text>
      )}
      {conditions.map((condition, at) => {
        const target = TARGETS[condition.target];
        return (
          <div key={at} className={classes.one} role="group" aria-label={`Condition ${at + 1}`}>
            <Select
              aria-label="Target"
              data={options(TARGETS)}
              allowDeselect={false}
              {...form.getInputProps(`conditions.${at}.target`)}
            />
            {target.key !== null && (
              <TextInput aria-label={target.key} placeholder={target.hint} classNames={{ input: 'code' }} {...form.getInputProps(`conditions.${at}.key`)} />
            )}
            <Select
              aria-label="Comparison"
              data={options(OPERATORS)}
              allowDeselect={false}
              {...form.getInputProps(`conditions.${at}.operator`)}
            />
            {condition.operator !== 'exists' && (
              <TextInput aria-label="Value" placeholder="Value" {...form.getInputProps(`conditions.${at}.value`)} />
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove condition ${at + 1}`}
              onClick={() => form.removeListItem('conditions', at)}
            >
              <IconTrash size={17} />
            </ActionIcon>
          </div>
        );
      })}
      {form.errors.conditions && (
        <Text size="sm" c="var(--blocked)" role="alert">
          {form.errors.conditions}
        </Text>
      )}
      {conditions.length < 10 && (
        <Button
          variant="default"
          size="compact-sm"
          mt="xs"
          leftSection={<IconPlus size={14} />}
          onClick={() => form.insertListItem('conditions', { target: 'body_json', key: '', operator: 'equals', value: '' })}
        >
          Add condition
        </Button>
      )}
      {conditions.some((one) => one.target !== 'query' && one.target !== 'header') && (
        <Text size="sm" className="quiet" mt="xs">
          The gateway reads the body before it forwards the request. A body that can’t be parsed reliably counts as a match for
          block, hold and rate limit rules, and not for allow rules. <Anchor href="/docs/api" underline="always">API reference</Anchor>
        </Text>
      )}
    </fieldset>
  );
}
