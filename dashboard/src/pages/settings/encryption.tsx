// The keys that protect the secrets: which are in use, and a new one.
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
      notify('A new key is in use. What older ones sealed is sealed anew.');
      setAsking(false);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['keys'] }),
  });
  if (keys.data === undefined) {
    return keys.isError ? (
      <ErrorState what="The keys" error={keys.error} again={() => void keys.refetch()} />
    ) : (
      <BlockSkeleton height={260} />
    );
  }
  return (
    <section className={`card ${classes.panel}`}>
      <Title order={2}>Encryption keys</Title>
      <Text className="quiet" mb="md">
        Every value is sealed with AES-256-GCM under a key of its own, that one under a key from this list, and those under the
        root key, which stands outside the database.
      </Text>
      <dl className={classes.facts}>
        <dt>Root key</dt>
        <dd>{keys.data.source}</dd>
        <dt>State</dt>
        <dd>
          <span role="status">{keys.data.rotating ? 'Sealing anew under the newest key…' : 'All under the newest key'}</span>
        </dd>
      </dl>
      <ul className={classes.list} style={{ marginTop: '1rem' }}>
        {keys.data.keys.map((key) => (
          <li key={key.version} className={classes.item}>
            <Text fw={540}>
              Key {key.version}
              {key.version === keys.data.currentVersion && <span className="quiet"> (in use)</span>}
            </Text>
            <Text size="sm" className="quiet">
              {plural(key.rows, 'sealed value')} · made <TimeAgo at={key.createdAt} />
            </Text>
          </li>
        ))}
      </ul>
      <Button mt="md" variant="default" leftSection={<IconRefresh size={16} />} onClick={() => setAsking(true)} disabled={keys.data.rotating}>
        Rotate
      </Button>
      <ConfirmDanger
        opened={asking}
        onClose={() => setAsking(false)}
        title="Make a new encryption key?"
        confirmLabel="Rotate"
        onConfirm={() => rotate.mutate()}
        busy={rotate.isPending}
        error={rotate.error}
      >
        A new key is made, and everything is sealed anew under it while agents go on. Nothing breaks; backups of the database stay
        readable with the root key.
      </ConfirmDanger>
    </section>
  );
}
