// The gateway’s address and CA certificate, with instructions to trust it.
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
  const [system, setSystem] = useState<keyof typeof TRUST>('debian');
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
          The address that containers use. Set it with <span className="code">--gateway-url</span>.
        </Text>
        {config.isError ? (
          <ErrorState subject="the address" error={config.error} onRetry={() => void config.refetch()} />
        ) : address === undefined ? (
          <BlockSkeleton height={44} />
        ) : (
          <CopyLine text={address} label="Gateway address" />
        )}
      </section>
      <section className={`card ${classes.panel}`}>
        <Title order={2}>CA certificate</Title>
        <Text className="quiet" mb="sm">
          The gateway terminates TLS with certificates of this CA, so that rules apply to HTTPS requests. Agents must trust it;{' '}
          <span className="code">onecli run</span> configures this automatically. The CA is unique to this installation, and its key
          is stored encrypted.
        </Text>
        <Button component="a" href="/v1/gateway/ca" download="onecli-ca.pem" leftSection={<IconDownload size={16} />}>
          Download onecli-ca.pem
        </Button>
        <Stack mt="lg" gap="xs">
          <Text fw={540} id="trust-label">
            Trust the certificate
          </Text>
          <SegmentedControl
            aria-labelledby="trust-label"
            value={system}
            onChange={(value) => setSystem(value as keyof typeof TRUST)}
            data={Object.entries(TRUST).map(([value, { label }]) => ({ value, label }))}
          />
          <CopyLine text={TRUST[system].lines} label={`Commands to trust it: ${TRUST[system].label}`} />
          {TRUST[system].note !== undefined && (
            <Text size="sm" className="quiet">
              {TRUST[system].note}
            </Text>
          )}
        </Stack>
      </section>
    </>
  );
}
