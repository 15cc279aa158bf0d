// The page of one secret: health, settings, agents and actions.
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconArrowLeft, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { secretsQuery } from '../../api/queries';
import { hostsOf } from '../../format/hosts';
import { plural } from '../../format/units';
import { ConfirmDanger } from '../../components/confirm-danger';
import { CopyLine } from '../../components/copy-line';
import { ErrorState } from '../../components/error-state';
import { showErrors } from '../../components/form-errors';
import { notify } from '../../components/notifications';
import { PageHeader } from '../../components/page-header';
import { RowSkeletons } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import { NotFound } from '../../shell/not-found';
import { validators } from './validators';
import { Health } from './health';
import { formOf, HOST_FIELDS, hostFields, injectionOf, type SecretDraft } from './injection';
import { RequestPreview } from './request-preview';
import { Rotate } from './rotate';
import { SecretFields } from './secret-fields';
import classes from './secret-form.module.css';
import { UsedBy } from './used-by';

export function SecretPage({ id }: { id: string }) {
  const secrets = useQuery(secretsQuery);
  const secret = secrets.data?.find((one) => one.id === id);
  if (secrets.data === undefined) {
    return secrets.isError ? (
      <ErrorState subject="the secret" error={secrets.error} onRetry={() => void secrets.refetch()} />
    ) : (
      <RowSkeletons rows={6} />
    );
  }
  return secret === undefined ? <NotFound /> : <SecretDetails secret={secret} />;
}

function SecretDetails({ secret }: { secret: Schemas['Secret'] }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  const [rotating, setRotating] = useState(false);
  const [removing, setRemoving] = useState(false);
  const renew = () => void client.invalidateQueries({ queryKey: ['secrets'] });
  const form = useForm<SecretDraft>({ mode: 'controlled', initialValues: formOf(secret), validate: validators(true) });
  const save = useMutation({
    mutationFn: (draft: SecretDraft) =>
      read(
        api.PATCH('/v1/secrets/{id}', {
          params: { path: { id: secret.id } },
          body: {
            name: draft.name.trim(),
            type: draft.type,
            ...hostFields(draft),
            pathPattern: draft.pathPattern.trim() || null,
            injectionConfig: injectionOf(draft),
            allowPlaintext: draft.allowPlaintext,
          },
        }),
      ),
    onSuccess: (_, draft) => {
      notify('Saved; applies to the next request');
      form.resetDirty(draft);
    },
    onError: (error) => setProblem(showErrors(form, error, HOST_FIELDS)),
    onSettled: renew,
  });
  const remove = useMutation({
    mutationFn: () => read(api.DELETE('/v1/secrets/{id}', { params: { path: { id: secret.id } } })),
    onSuccess: () => {
      notify(`${secret.name} deleted`);
      go('/secrets');
    },
    onSettled: renew,
  });
  return (
    <>
      <PageHeader
        title={secret.name}
        back={
          <Anchor component={Link} href="/secrets" size="sm" className={classes.up}>
            <IconArrowLeft size={14} aria-hidden /> Secrets
          </Anchor>
        }
        description={
          <Group gap="sm" component="span">
            <Health health={secret.health} />
            <span className="code">{secret.preview}</span>
            <span>
              {secret.useCount === 0 ? (
                'No requests yet'
              ) : (
                <>
                  {plural(secret.useCount, 'request')}, last used <TimeAgo at={secret.lastUsedAt} />
                </>
              )}
            </span>
            {secret.graceUntil && new Date(secret.graceUntil) > new Date() && (
              <span>
                previous value kept as fallback until <TimeAgo at={secret.graceUntil} />
              </span>
            )}
          </Group>
        }
        actions={
          <>
            <Button leftSection={<IconRefresh size={16} />} onClick={() => setRotating(true)}>
              Rotate
            </Button>
            <Button variant="default" c="var(--blocked)" leftSection={<IconTrash size={16} />} onClick={() => setRemoving(true)}>
              Delete
            </Button>
          </>
        }
      />
      <div className={classes.columns}>
        <form
          className={`card ${classes.form}`}
          noValidate
          onSubmit={form.onSubmit((draft) => {
            setProblem(null);
            save.mutate(draft);
          })}
        >
          <Stack gap="lg">
            <SecretFields form={form} editing />
            {problem !== null && (
              <Text c="var(--blocked)" role="alert">
                {problem}
              </Text>
            )}
            <div>
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                Save
              </Button>
            </div>
          </Stack>
        </form>
        <aside className={classes.aside} aria-label="Secret details">
          <RequestPreview draft={form.getValues()} />
          <UsedBy secret={secret} />
          <div className={`card ${classes.form}`}>
            <Text size="sm" fw={560}>
              Placeholder
            </Text>
            <Text size="sm" className="quiet" mb="xs">
              Agents may see it. Use it where a program requires a key.
            </Text>
            <CopyLine text={secret.placeholder} label="Placeholder" />
          </div>
        </aside>
      </div>
      <Rotate secret={secret} opened={rotating} onClose={() => setRotating(false)} />
      <ConfirmDanger
        opened={removing}
        onClose={() => setRemoving(false)}
        title={`Delete “${secret.name}”?`}
        confirmLabel="Delete secret"
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        error={remove.error}
      >
        Requests to <span className="code">{hostsOf(secret).join(', ')}</span> will be sent without it, and upstreams may reject them.
        {secret.lastUsedAt ? ' It was last used ' : ' It was never used'}
        {secret.lastUsedAt && <TimeAgo at={secret.lastUsedAt} />}. This can’t be undone.
      </ConfirmDanger>
    </>
  );
}
