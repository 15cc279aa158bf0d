// Instructions to connect an agent, ready to copy.
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
  const [method, setMethod] = useState('run');
  const config = useQuery({
    queryKey: ['container-config', agent.identifier],
    queryFn: ({ signal }) => read(api.GET('/v1/container-config', { params: { query: { agent: agent.identifier } }, signal })),
  });
  return (
    <Stack maw="52rem">
      <SegmentedControl
        aria-label="Connection method"
        value={method}
        onChange={setMethod}
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
          <ErrorState subject="the configuration" error={config.error} onRetry={() => void config.refetch()} />
        ) : (
          <Stack>
            {method === 'run' && (
              <>
                <Text>Runs any program with its traffic sent through the gateway. No other setup needed.</Text>
                <CopyLine
                  label="Command to run an agent"
                  text={agent.isDefault ? 'onecli run -- claude' : `onecli run --agent ${agent.identifier} -- claude`}
                />
              </>
            )}
            {method === 'docker' && (
              <>
                <Text>
                  On Linux, containers reach the gateway only if it listens on Docker’s bridge. Start the server with{' '}
                  <span className="code">onecli start --gateway-bind 127.0.0.1 --gateway-bind docker</span>; the API stays on loopback.
                  Docker Desktop doesn’t need this.
                </Text>
                <CopyLine label="Command to run a container" text={dockerCommand(config.data)} />
                <Text size="sm" className="quiet">
                  All HTTPS goes through the gateway, so its certificate is all that the container has to trust. Hosts passed through untouched
                  (--tunnel) need the system’s roots too.
                </Text>
              </>
            )}
            {method === 'env' && (
              <>
                <Text>
                  For any program with proxy support. It must also trust the <CertificateLink />:{' '}
                  <Link href="/settings/gateway">instructions</Link>.
                </Text>
                <CopyLine label="Environment variables" text={environment(agent.accessToken, config.data)} />
              </>
            )}
            {method === 'sdk' && (
              <>
                <Text>Node:</Text>
                <CopyLine label="Node code" text={sdk(agent.identifier)} />
                <Text>Python, with any HTTP client:</Text>
                <CopyLine label="Python code" text={PYTHON} />
              </>
            )}
            {method !== 'env' && method !== 'run' && (
              <Text size="sm" className="quiet">
                These lines contain this agent’s access token. Anyone who has it can send requests as {agent.name}.
              </Text>
            )}
            {(config.data.warnings ?? []).map((warning) => (
              <Alert key={warning} variant="light" color="yellow" icon={<IconInfoCircle size={18} />}>
                {warning}
              </Alert>
            ))}
            {config.data.covers.length > 0 && (
              <Text size="sm" className="quiet">
                The agent gets placeholders for{' '}
                {config.data.covers.map((cover, at) => (
                  <span key={cover.secretId}>
                    {at > 0 && ', '}
                    {cover.name} {cover.env.map((name) => <Code key={name}>{name}</Code>)}
                  </span>
                ))}
                . It never sees the real values.
              </Text>
            )}
          </Stack>
        )}
      </div>
    </Stack>
  );
}
