// How to connect an agent: ready to be copied.
import { Alert, Code, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import { api, read, type Schemas } from '../../api/client';
import { CertificateLink } from '../../components/certificate-link';
import { CopyLine } from '../../components/copy-line';
import { ErrorState } from '../../components/error-state';
import { BlockSkeleton } from '../../components/skeletons';
import classes from './agents.module.css';
import { dockerCommand, environment, PYTHON, sdk } from './recipes';

export function Connect({ agent }: { agent: Schemas['Agent'] }) {
  const [way, setWay] = useState('run');
  const config = useQuery({
    queryKey: ['container-config', agent.identifier],
    queryFn: ({ signal }) => read(api.GET('/v1/container-config', { params: { query: { agent: agent.identifier } }, signal })),
  });
  return (
    <Stack maw="52rem">
      <SegmentedControl
        aria-label="Way to connect"
        value={way}
        onChange={setWay}
        data={[
          { value: 'run', label: 'On this machine' },
          { value: 'docker', label: 'Docker' },
          { value: 'env', label: 'Environment' },
          { value: 'sdk', label: 'SDK' },
        ]}
      />
      <div className={`card ${classes.panel}`}>
        {config.isPending ? (
          <BlockSkeleton height={160} />
        ) : config.isError ? (
          <ErrorState what="The configuration" error={config.error} again={() => void config.refetch()} />
        ) : (
          <Stack>
            {way === 'run' && (
              <>
                <Text>Runs any program with its traffic through the gateway. Nothing else is to be set up.</Text>
                <CopyLine
                  label="Command that runs an agent"
                  text={agent.isDefault ? 'onecli run -- claude' : `onecli run --agent ${agent.identifier} -- claude`}
                />
              </>
            )}
            {way === 'docker' && (
              <>
                <Text>
                  Save the <CertificateLink /> where you start the container, then:
                </Text>
                <CopyLine label="Command that runs a container" text={dockerCommand(config.data)} />
              </>
            )}
            {way === 'env' && (
              <>
                <Text>
                  For any program that knows a proxy. It must trust the <CertificateLink /> too;{' '}
                  <Link href="/settings/gateway">here is how</Link>.
                </Text>
                <CopyLine label="Environment variables" text={environment(agent.accessToken, config.data)} />
              </>
            )}
            {way === 'sdk' && (
              <>
                <Text>Node:</Text>
                <CopyLine label="Node code" text={sdk(agent.identifier)} />
                <Text>Python, with any client:</Text>
                <CopyLine label="Python code" text={PYTHON} />
              </>
            )}
            {way !== 'env' && way !== 'run' && (
              <Text size="sm" className="quiet">
                The token in these lines is this agent’s own: whoever has it sends as {agent.name}.
              </Text>
            )}
            {(config.data.warnings ?? []).map((warning) => (
              <Alert key={warning} variant="light" color="yellow" icon={<IconInfoCircle size={18} />}>
                {warning}
              </Alert>
            ))}
            {config.data.covers.length > 0 && (
              <Text size="sm" className="quiet">
                It gets stand-ins for{' '}
                {config.data.covers.map((cover, at) => (
                  <span key={cover.secretId}>
                    {at > 0 && ', '}
                    {cover.name} {cover.env.map((name) => <Code key={name}>{name}</Code>)}
                  </span>
                ))}
                : real values never reach it.
              </Text>
            )}
          </Stack>
        )}
      </div>
    </Stack>
  );
}
