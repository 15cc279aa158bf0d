// The gateway: where agents reach it, and how its certificate is trusted.
import { Button, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, read } from '../../api/client';
import { CopyLine } from '../../components/copy-line';
import { ErrorState } from '../../components/error-state';
import { BlockSkeleton } from '../../components/skeletons';
import classes from './settings.module.css';
import { TRUST } from './trust';

export function Gateway() {
  const [where, setWhere] = useState<keyof typeof TRUST>('debian');
  const config = useQuery({
    queryKey: ['container-config'],
    queryFn: ({ signal }) => read(api.GET('/v1/container-config', { signal })),
  });
  const proxy = (config.data?.env)?.HTTPS_PROXY;
  const address = proxy === undefined ? undefined : proxy.replace(/^http:\/\/[^@]*@/, '');
  return (
    <>
      <section className={`card ${classes.panel}`}>
        <Title order={2}>Address</Title>
        <Text className="quiet" mb="sm">
          What containers are told. Set it with <span className="code">--gateway-url</span>.
        </Text>
        {config.isError ? (
          <ErrorState what="The address" error={config.error} again={() => void config.refetch()} />
        ) : address === undefined ? (
          <BlockSkeleton height={44} />
        ) : (
          <CopyLine text={address} label="Address of the gateway" />
        )}
      </section>
      <section className={`card ${classes.panel}`}>
        <Title order={2}>CA certificate</Title>
        <Text className="quiet" mb="sm">
          The gateway shows agents certificates of its own, so that rules see requests inside TLS. Agents must trust this CA;{' '}
          <span className="code">onecli run</span> sees to that by itself. It is this installation’s alone, and its key never
          leaves the vault.
        </Text>
        <Button component="a" href="/v1/gateway/ca" download="onecli-ca.pem" leftSection={<IconDownload size={16} />}>
          Download onecli-ca.pem
        </Button>
        <Stack mt="lg" gap="xs">
          <Text fw={540} id="trust-label">
            How to trust it
          </Text>
          <SegmentedControl
            aria-labelledby="trust-label"
            value={where}
            onChange={(value) => setWhere(value as keyof typeof TRUST)}
            data={Object.entries(TRUST).map(([value, { label }]) => ({ value, label }))}
          />
          <CopyLine text={TRUST[where].lines} label={`Trust it: ${TRUST[where].label}`} />
          {TRUST[where].note !== undefined && (
            <Text size="sm" className="quiet">
              {TRUST[where].note}
            </Text>
          )}
        </Stack>
      </section>
    </>
  );
}
