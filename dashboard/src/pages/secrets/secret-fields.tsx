// The fields of a secret: for adding one and for changing one.
import { Checkbox, Group, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
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
          description="Stored encrypted. It is never shown again, to nobody."
          placeholder="Paste it here"
          {...form.getInputProps('value')}
        />
      )}
      <Group grow align="flex-start" className={classes.pair}>
        <TextInput
          label="Host"
          required
          placeholder="api.stripe.com"
          description="A name, or *.example.com"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('hostPattern')}
        />
        <TextInput
          label="Path"
          placeholder="any path"
          description="Such as /v1/*; empty for all"
          classNames={{ input: 'code' }}
          spellCheck={false}
          {...form.getInputProps('pathPattern')}
        />
      </Group>
      <Select
        label="Type"
        data={[
          { value: 'generic', label: 'Any service' },
          { value: 'anthropic', label: 'Anthropic: API key or OAuth token' },
          { value: 'openai', label: 'OpenAI' },
        ]}
        allowDeselect={false}
        {...form.getInputProps('type')}
      />
      {draft.type === 'generic' && (
        <div>
          <Text size="sm" fw={500} mb={4} id="way-label">
            Where it goes
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="way-label"
            data={[
              { value: 'header', label: 'Header' },
              { value: 'param', label: 'Query' },
              { value: 'path', label: 'Path' },
              { value: 'placeholder', label: 'Stand-in' },
            ]}
            {...form.getInputProps('way')}
          />
          <div className={classes.way}>
            {draft.way === 'header' && (
              <Group grow align="flex-start" className={classes.pair}>
                <TextInput label="Header" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('headerName')} />
                <TextInput
                  label="Format"
                  description="{value}, or {base64:user:{value}} for Basic"
                  classNames={{ input: 'code' }}
                  spellCheck={false}
                  {...form.getInputProps('valueFormat')}
                />
              </Group>
            )}
            {draft.way === 'param' && (
              <Group grow align="flex-start" className={classes.pair}>
                <TextInput label="Parameter" placeholder="api_key" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('paramName')} />
                <TextInput label="Format" classNames={{ input: 'code' }} spellCheck={false} {...form.getInputProps('paramFormat')} />
              </Group>
            )}
            {draft.way === 'path' && (
              <TextInput
                label="Path with the value in it"
                placeholder="/bot{value}/*"
                description="What the agent puts in that place is replaced."
                classNames={{ input: 'code' }}
                spellCheck={false}
                {...form.getInputProps('pathTemplate')}
              />
            )}
            {draft.way === 'placeholder' && (
              <Text size="sm" className="quiet">
                The agent gets a stand-in in the place of the value. Wherever it puts that in a header, the query or a Basic
                password, bound for this host, the value takes its place. Sent anywhere else, the request is refused.
              </Text>
            )}
          </div>
        </div>
      )}
      <Checkbox
        label="Send it over plain HTTP too"
        description="Only for hosts of your own that have no TLS: whoever is on the way can read it."
        {...form.getInputProps('allowPlaintext', { type: 'checkbox' })}
      />
    </>
  );
}
