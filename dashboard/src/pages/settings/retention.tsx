// Retention periods of activity and approvals.
import { Button, Group, NumberInput, Stack, Switch, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read, type Schemas } from '../../api/client';
import { plural } from '../../format/units';
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
      approvalDays: settings.approvalDays,
    },
    validate: {
      activityDays: (value, all) => (all.forever ? null : days(value)),
      approvalDays: days,
    },
  });
  const { forever, activityDays, approvalDays } = form.getValues();
  const kept = forever ? null : activityDays;
  // Only a shorter period deletes records.
  const deletesRecords = (kept !== null && kept < (settings.activityDays ?? Infinity)) || approvalDays < settings.approvalDays;
  const save = useMutation({
    mutationFn: () => read(api.PUT('/v1/settings', { body: { activityDays: kept, approvalDays } })),
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
        if (deletesRecords) {
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
        {kept !== null && `Activity older than ${plural(kept, 'day')}`}
        {kept !== null && approvalDays < settings.approvalDays && ' and '}
        {approvalDays < settings.approvalDays && `approvals older than ${plural(approvalDays, 'day')}`} will be deleted within minutes. This
        can’t be undone. Export activity first if you need it.
      </ConfirmDanger>
    </form>
  );
}
