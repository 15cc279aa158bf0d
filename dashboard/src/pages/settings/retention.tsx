// Retention: for how long records are kept.
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
      <ErrorState what="Retention" error={settings.error} again={() => void settings.refetch()} />
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
  const days = (value: number) => (value >= 1 && value <= 3650 ? null : 'From 1 to 3,650 days');
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
  // Only what becomes shorter removes something.
  const shorter = (kept !== null && kept < (settings.activityDays ?? Infinity)) || approvalDays < settings.approvalDays;
  const save = useMutation({
    mutationFn: () => read(api.PUT('/v1/settings', { body: { activityDays: kept, approvalDays } })),
    onSuccess: () => {
      notify('Saved.');
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
        if (shorter) {
          setAsking(true);
        } else {
          save.mutate();
        }
      })}
    >
      <Stack>
        <Title order={2}>For how long records are kept</Title>
        <Switch label="Keep activity without end" {...form.getInputProps('forever', { type: 'checkbox' })} />
        {!forever && (
          <NumberInput label="Days of activity" min={1} max={3650} maw={240} allowDecimal={false} {...form.getInputProps('activityDays')} />
        )}
        <NumberInput
          label="Days of decided approvals"
          min={1}
          max={3650}
          maw={240}
          allowDecimal={false}
          {...form.getInputProps('approvalDays')}
        />
        <Text className="quiet" size="sm">
          The audit log is kept {settings.auditDays ? `for ${plural(settings.auditDays, 'day')}` : 'without end'}, as the server was
          started (<span className="code">--audit-retention-days</span>).
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
        title="Remove older records?"
        confirmLabel="Remove and save"
        onConfirm={() => save.mutate()}
        busy={save.isPending}
      >
        {kept !== null && `Activity older than ${plural(kept, 'day')}`}
        {kept !== null && approvalDays < settings.approvalDays && ' and '}
        {approvalDays < settings.approvalDays && `approvals older than ${plural(approvalDays, 'day')}`} are removed within minutes. They can’t be
        brought back; export activity first if you need it.
      </ConfirmDanger>
    </form>
  );
}
