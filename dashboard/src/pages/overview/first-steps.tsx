// The welcome page of a new installation: three steps to the first request.
import { Anchor, Button, Loader, Text, Title } from '@mantine/core';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import type { Schemas } from '../../api/client';
import { useEvents } from '../../live/events';
import { CopyLine } from '../../components/copy-line';
import { PageHeader } from '../../components/page-header';
import { badgeOf } from '../../components/outcome';
import { VerdictBadge } from '../../components/verdict-badge';
import classes from './overview.module.css';

export function FirstSteps({ hasSecret }: { hasSecret: boolean }) {
  const client = useQueryClient();
  const [first, setFirst] = useState<Schemas['Record'] | null>(null);
  useEvents('/v1/activity/stream', ['activity'], (_, data) => {
    setFirst((one) => one ?? (data as Schemas['Record']));
    void client.invalidateQueries({ queryKey: ['secrets'] });
  });
  return (
    <>
      <PageHeader title="Welcome" description="Let an agent use a service without holding its credentials, in three steps." />
      <ol className={classes.steps}>
        <li className={`card ${classes.stepCard}`} data-done={hasSecret || undefined}>
          <StepNumber step={1} done={hasSecret} />
          <div>
            <Title order={2}>Store a secret</Title>
            <Text className="quiet" mb="sm">
              An API key or token of any service. It is stored encrypted, and the gateway adds it to requests.
            </Text>
            <Button component={Link} href="/secrets/new" variant={hasSecret ? 'default' : 'filled'} leftSection={<IconPlus size={16} />}>
              {hasSecret ? 'Add another secret' : 'Add secret'}
            </Button>
          </div>
        </li>
        <li className={`card ${classes.stepCard}`} data-done={first !== null || undefined}>
          <StepNumber step={2} done={first !== null} />
          <div>
            <Title order={2}>Run an agent</Title>
            <Text className="quiet" mb="sm">
              Run this in a terminal on this machine. Replace claude with any program.
            </Text>
            <CopyLine text="onecli run -- claude" label="Command to run an agent" />
            <Text size="sm" mt="xs">
              <Anchor component={Link} href="/agents">
                Docker, environment variables, SDK
              </Anchor>
            </Text>
          </div>
        </li>
        <li className={`card ${classes.stepCard}`} data-done={first !== null || undefined}>
          <StepNumber step={3} done={first !== null} />
          <div role="status">
            <Title order={2}>See the first request</Title>
            {first === null ? (
              <Text className="quiet">
                <Loader size={12} mr={8} aria-hidden />
                Waiting for the first request…
              </Text>
            ) : (
              <>
                <Text className="code" my="xs">
                  <b>{first.method}</b> {first.host}
                  {first.path}
                </Text>
                <Text mb="sm" component="div">
                  <VerdictBadge {...badgeOf(first)} />{' '}
                  {first.secretIds.length > 0 ? 'with a secret that the agent never saw.' : 'without a secret.'}
                </Text>
                <Button onClick={() => void client.invalidateQueries({ queryKey: ['counts'] })}>Go to the overview</Button>
              </>
            )}
          </div>
        </li>
      </ol>
    </>
  );
}

function StepNumber({ step, done }: { step: number; done: boolean }) {
  return (
    <span className={classes.stepNumber} data-done={done || undefined}>
      {done ? <IconCheck size={18} aria-label="Done" /> : step}
    </span>
  );
}
