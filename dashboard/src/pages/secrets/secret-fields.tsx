// The form fields of a secret, for creating and editing.
import { Checkbox, Group, SegmentedControl, Select, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { SecretInput } from '../../components/secret-input';
import classes from './secret-form.module.css';
import type { SecretDraft } from './injection';

export function SecretFields({ form, editing }: { form: UseFormReturnType<SecretDraft>; editing: boolean }) {
  const draft = form.getValues();
  return (
    <>
      <TextInput label="Name" placeholder="Stripe (live)" required maxLength={255} {...form.getInputProps('name')} />
      {!editing && (
        <SecretInput
          label="Value"
          required
          description="Stored encrypted. You won’t be able to view it again."
          placeholder="Paste the value"
          {...form.getInputProps('value')}
        />
      )}
      <Group grow align="flex-start" className={classes.pair}>
        <Textarea
          label="Hosts"
          required
          autosize
          minRows={1}
          maxRows={8}
          placeholder="api.stripe.com"
          description="One per line, such as *.example.com"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('hosts')}
        />
        <TextInput
          label="Path"
          placeholder="All paths"
          description="Optional, such as /v1/*"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('pathPattern')}
        />
      </Group>
      <Select
        label="Type"
        data={[
          { value: 'generic', label: 'Generic' },
          { value: 'anthropic', label: 'Anthropic: API key or OAuth token' },
          { value: 'openai', label: 'OpenAI' },
        ]}
        allowDeselect={false}
        {...form.getInputProps('type')}
      />
      {draft.type === 'generic' && (
        <div>
          <Text size="sm" fw={500} mb={4} id="placement-label">
            Placement
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="placement-label"
            data={[
              { value: 'header', label: 'Header' },
              { value: 'param', label: 'Query' },
              { value: 'path', label: 'Path' },
              { value: 'placeholder', label: 'Placeholder' },
            ]}
            {...form.getInputProps('placement')}
          />
          <div className={classes.placement}>
            {draft.placement === 'header' && (
              <Group grow align="flex-start" className={classes.pair}>
                <TextInput label="Header" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('headerName')} />
                <TextInput
                  label="Format"
                  description="{value}, or {base64:user:{value}} for Basic auth"
                  classNames={{ input: 'code' }}
                  spellCheck={false}
                  {...form.getInputProps('valueFormat')}
                />
              </Group>
            )}
            {draft.placement === 'param' && (
              <Group grow align="flex-start" className={classes.pair}>
                <TextInput label="Parameter" placeholder="api_key" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('paramName')} />
                <TextInput label="Format" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('paramFormat')} />
              </Group>
            )}
            {draft.placement === 'path' && (
              <TextInput
                label="Path template"
                placeholder="/bot{value}/*"
                description="The value replaces whatever the agent sends in that position."
                classNames={{ input: 'code' }}
                spellCheck={false}
                {...form.getInputProps('pathTemplate')}
              />
            )}
            {draft.placement === 'placeholder' && (
              <Text size="sm" className="quiet">
                The agent gets a placeholder instead of the value. In requests to these hosts, the gateway replaces the
                placeholder in headers, query parameters and Basic passwords. Requests that send it to any other host are refused.
              </Text>
            )}
          </div>
        </div>
      )}
      <Checkbox
        label="Allow plain HTTP"
        description="Sends the secret unencrypted. Use it only for your own hosts without TLS."
        {...form.getInputProps('allowPlaintext', { type: 'checkbox' })}
      />
    </>
  );
}
