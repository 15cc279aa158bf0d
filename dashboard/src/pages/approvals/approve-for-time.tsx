// The dialog that approves a request together with further ones, for a time or a number of requests.
import { Alert, Button, Group, Modal, NumberInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';

import type { Held } from '../../live/approvals';
import { plural } from '../../format/units';
import { showErrors } from '../../components/form-errors';
import type { useDecide } from './decide';

interface Props {
  held: Held | undefined;
  onClose: () => void;
  decide: ReturnType<typeof useDecide>;
}

export function ApproveForTime(props: Props) {
  return (
    <Modal opened={props.held !== undefined} onClose={props.onClose} title="Approve with a grant">
      {props.held && <GrantForm key={props.held.id} {...props} held={props.held} />}
    </Modal>
  );
}

function GrantForm({ held, onClose, decide }: Props & { held: Held }) {
  const path = held.path.split('?')[0] ?? '/';
  const form = useForm({
    mode: 'controlled',
    initialValues: { by: 'minutes', minutes: 15, requests: 10, pathPattern: path },
    validate: {
      minutes: (value, all) => (all.by !== 'requests' && !(value >= 1 && value <= 43_200) ? 'From 1 to 43,200 minutes (30 days)' : null),
      requests: (value, all) => (all.by !== 'minutes' && !(value >= 1 && value <= 1_000_000) ? 'From 1 to 1,000,000 requests' : null),
      pathPattern: (value) => (value.startsWith('/') || value === '*' ? null : 'A path pattern starts with /'),
    },
  });
  const { by, minutes, requests, pathPattern } = form.getValues();
  const scope = [
    by !== 'requests' && `for ${plural(minutes, 'minute')}`,
    by !== 'minutes' && `for ${plural(requests, 'more request')}`,
  ]
    .filter(Boolean)
    .join(' or ');
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        const grant = {
          ...(values.by !== 'requests' && { minutes: values.minutes }),
          ...(values.by !== 'minutes' && { requests: values.requests }),
          ...(values.pathPattern !== path && { pathPattern: values.pathPattern }),
        };
        decide.mutate(
          { held, decision: 'approve', grant },
          {
            onSuccess: onClose,
            onError: (error) =>
              void showErrors(form, error, {
                'grant.minutes': 'minutes',
                'grant.requests': 'requests',
                'grant.pathPattern': 'pathPattern',
              }),
          },
        );
      })}
    >
      <Stack>
        <SegmentedControl
          fullWidth
          aria-label="Limited by"
          data={[
            { value: 'minutes', label: 'Time' },
            { value: 'requests', label: 'Requests' },
            { value: 'both', label: 'Both' },
          ]}
          {...form.getInputProps('by')}
        />
        {by !== 'requests' && <NumberInput label="Minutes" min={1} max={43_200} allowDecimal={false} {...form.getInputProps('minutes')} />}
        {by !== 'minutes' && (
          <NumberInput label="Further requests" min={1} max={1_000_000} allowDecimal={false} thousandSeparator="," {...form.getInputProps('requests')} />
        )}
        <TextInput
          label="Path"
          description="This exact path, or a pattern such as /v1/refunds/*"
          classNames={{ input: 'code' }}
          {...form.getInputProps('pathPattern')}
        />
        <Alert variant="light" color="yellow">
          <Text size="sm">
            {held.agent.name} may send <span className="code">{held.method}</span> to{' '}
            <span className="code">
              {held.host}
              {pathPattern}
            </span>{' '}
            {scope} without further approval. Block rules still apply. You can revoke the grant at any time.
          </Text>
        </Alert>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={decide.isPending} data-autofocus>
            Approve and grant
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
