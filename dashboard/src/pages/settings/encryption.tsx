// The encryption keys and their rotation.
import { Button, Text, Title } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read } from '../../api/client';
import { plural } from '../../format/units';
import { ConfirmDanger } from '../../components/confirm-danger';
import { ErrorState } from '../../components/error-state';
import { notify } from '../../components/notifications';
import { BlockSkeleton } from '../../components/skeletons';
import { TimeAgo } from '../../components/time-ago';
import classes from './settings.module.css';

export function Encryption() {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => read(api.GET('/v1/keys', { signal })),
    refetchInterval: (query) => (query.state.data?.rotating ? 1000 : false),
  });
  const rotate = useMutation({
    mutationFn: () => read(api.POST('/v1/keys/rotate')),
    onSuccess: () => {
      notify('Key rotated; values under older keys are being re-encrypted');
      setAsking(false);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['keys'] }),
  });
  if (keys.data === undefined) {
    return keys.isError ? (
      <ErrorState subject="the encryption keys" error={keys.error} onRetry={() => void keys.refetch()} />
    ) : (
      <BlockSkeleton height={260} />
    );
  }
  return (
    <section className={`card ${classes.panel}`}>
      <Title order={2}>Encryption keys</Title>
      <Text className="quiet" mb="md">
        Each value is encrypted with AES-256-GCM under its own data key. Data keys are encrypted under the keys listed here, and
        these under the root key, which is stored outside the database.
      </Text>
      <dl className={classes.facts}>
        <dt>Root key</dt>
        <dd>{keys.data.source}</dd>
        <dt>Status</dt>
        <dd>
          <span role="status">{keys.data.rotating ? 'Re-encrypting under the current key…' : 'All values use the current key'}</span>
        </dd>
      </dl>
      <ul className={classes.list} style={{ marginTop: '1rem' }}>
        {keys.data.keys.map((key) => (
          <li key={key.version} className={classes.item}>
            <Text fw={540}>
              Key {key.version}
              {key.version === keys.data.currentVersion && <span className="quiet"> (current)</span>}
            </Text>
            <Text size="sm" className="quiet">
              {plural(key.rows, 'encrypted value')} · created <TimeAgo at={key.createdAt} />
            </Text>
          </li>
        ))}
      </ul>
      <Button mt="md" variant="default" leftSection={<IconRefresh size={16} />} onClick={() => setAsking(true)} disabled={keys.data.rotating}>
        Rotate key
      </Button>
      <ConfirmDanger
        opened={asking}
        onClose={() => setAsking(false)}
        title="Rotate the encryption key?"
        confirmLabel="Rotate key"
        onConfirm={() => rotate.mutate()}
        busy={rotate.isPending}
        error={rotate.error}
      >
        A new key is created and all values are re-encrypted under it. Agents keep working meanwhile. Existing database backups
        stay readable with the root key.
      </ConfirmDanger>
    </section>
  );
}
