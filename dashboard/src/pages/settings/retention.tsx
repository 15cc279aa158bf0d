// Retention of activity and approvals: for how long, and how much.
import { Button, Group, NumberInput, Stack, Switch, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { count, plural } from '../../format/units';
import { ConfirmDanger } from '../../components/confirm-danger';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { BlockSkeleton } from '../../components/skeletons';
import classes from './settings.module.css';

export function Retention() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => read(api.GET('/v1/settings', { signal })) });
  if (settings.data === undefined) {
    return settings.isError ? (
      <ErrorState subject="retention settings" error={settings.error} onRetry={() => void settings.refetch()} />
    ) : (
      <BlockSkeleton height={280} />
    );
  }
  return <RetentionForm settings={settings.data} />;
}

function RetentionForm({ settings }: { settings: Schemas['Settings'] }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const days = (value: number) => (value >= 1 && value <= 3650 ? null : 'Enter a number from 1 to 3,650');
  const form = useForm({
    mode: 'controlled',
    initialValues: {
      forever: settings.activityDays === null || settings.activityDays === undefined,
      activityDays: settings.activityDays ?? 365,
      bounded: typeof settings.activityMaxBytes === 'number',
      activityMiB: Math.round(((settings.activityMaxBytes ?? GIB) / MIB) * 100) / 100,
      approvalDays: settings.approvalDays,
    },
    validate: {
      activityDays: (value, all) => (all.forever ? null : days(value)),
      activityMiB: (value, all) => (!all.bounded || (value >= 1 && value <= GIB) ? null : 'Enter a number from 1 to 1,073,741,824'),
      approvalDays: days,
    },
  });
  const { forever, activityDays, bounded, activityMiB, approvalDays } = form.getValues();
  const kept = forever ? null : activityDays;
  // Sent only if changed: the field shows the bytes rounded.
  const maxBytes = bounded ? Math.round(activityMiB * MIB) : null;
  const changedSize = form.isDirty('bounded') || form.isDirty('activityMiB') ? { activityMaxBytes: maxBytes } : {};
  // Only a shorter period or a smaller size deletes records.
  const fewer = {
    days: kept !== null && kept < (settings.activityDays ?? Infinity),
    bytes: 'activityMaxBytes' in changedSize && maxBytes !== null && maxBytes < (settings.activityMaxBytes ?? Infinity),
    approvals: approvalDays < settings.approvalDays,
  };
  const deleted = [
    fewer.days && `activity older than ${plural(activityDays, 'day')}`,
    fewer.bytes && `the oldest activity beyond ${count(activityMiB)} MiB`,
    fewer.approvals && `approvals older than ${plural(approvalDays, 'day')}`,
  ].filter((part) => part !== false);
  const save = useMutation({
    mutationFn: () => read(api.PUT('/v1/settings', { body: { activityDays: kept, approvalDays, ...changedSize } })),
    onSuccess: () => {
      notify('Retention saved');
      setAsking(false);
      form.resetDirty();
    },
    onError: (error) => {
      setAsking(false);
      setProblem(showErrors(form, error));
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['settings'] }),
  });
  return (
    <form
      className={`card ${classes.panel}`}
      noValidate
      onSubmit={form.onSubmit(() => {
        setProblem(null);
        if (deleted.length > 0) {
          setAsking(true);
        } else {
          save.mutate();
        }
      })}
    >
      <Stack>
        <Title order={2}>Retention</Title>
        <Switch label="Keep activity forever" {...form.getInputProps('forever', { type: 'checkbox' })} />
        {!forever && (
          <NumberInput label="Keep activity for (days)" min={1} max={3650} maw={240} allowDecimal={false} {...form.getInputProps('activityDays')} />
        )}
        <Switch label="Limit the size of activity" {...form.getInputProps('bounded', { type: 'checkbox' })} />
        {bounded && (
          <NumberInput
            label="Size of all activity (MiB)"
            description="When this is reached, the oldest records are deleted."
            min={1}
            max={GIB}
            maw={240}
            decimalScale={2}
            thousandSeparator=","
            {...form.getInputProps('activityMiB')}
          />
        )}
        <NumberInput
          label="Keep decided approvals for (days)"
          min={1}
          max={3650}
          maw={240}
          allowDecimal={false}
          {...form.getInputProps('approvalDays')}
        />
        <Text className="quiet" size="sm">
          The audit log is kept {settings.auditDays ? `for ${plural(settings.auditDays, 'day')}` : 'forever'}. Change this with the server
          option <span className="code">--audit-retention-days</span>.
        </Text>
        {problem !== null && (
          <Text c="var(--blocked)" role="alert">
            {problem}
          </Text>
        )}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
            Save
          </Button>
        </Group>
      </Stack>
      <ConfirmDanger
        opened={asking}
        onClose={() => setAsking(false)}
        title="Delete older records?"
        confirmLabel="Save and delete"
        onConfirm={() => save.mutate()}
        busy={save.isPending}
      >
        {capitalised(deleted.join(' and '))} will be deleted within minutes. This can’t be undone. Export activity first if you need it.
      </ConfirmDanger>
    </form>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
