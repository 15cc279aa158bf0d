// An empty install: three steps to the first request, which appears by itself.
import { Anchor, Button, Loader, Text, Title } from '@mantine/core';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';

import type { Schemas } from '../../api/client';
import { useEvents } from '../../live/events';
import { CopyLine } from '../../components/copy-line';
import { PageHeader } from '../../components/page-header';
import { outcomeOf, VerdictBadge } from '../../components/verdict-badge';
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
      <PageHeader title="Welcome" about="Three steps, and an agent uses a service without ever holding its key." />
      <ol className={classes.steps}>
        <li className={`card ${classes.stepCard}`} data-done={hasSecret || undefined}>
          <Number at={1} done={hasSecret} />
          <div>
            <Title order={2}>Store a key</Title>
            <Text className="quiet" mb="sm">
              Of any service. It is encrypted, and put into requests on their way out.
            </Text>
            <Button component={Link} href="/secrets/new" variant={hasSecret ? 'default' : 'filled'} leftSection={<IconPlus size={16} />}>
              {hasSecret ? 'Add another' : 'Add a secret'}
            </Button>
          </div>
        </li>
        <li className={`card ${classes.stepCard}`} data-done={first !== null || undefined}>
          <Number at={2} done={first !== null} />
          <div>
            <Title order={2}>Run an agent</Title>
            <Text className="quiet" mb="sm">
              In a terminal on this machine. Any program works in place of claude.
            </Text>
            <CopyLine text="onecli run -- claude" label="Command that runs an agent" />
            <Text size="sm" mt="xs">
              <Anchor component={Link} href="/agents">
                Docker, environment variables, SDK
              </Anchor>
            </Text>
          </div>
        </li>
        <li className={`card ${classes.stepCard}`} data-done={first !== null || undefined}>
          <Number at={3} done={first !== null} />
          <div role="status">
            <Title order={2}>See its first request</Title>
            {first === null ? (
              <Text className="quiet">
                <Loader size={12} mr={8} aria-hidden />
                It appears here as it happens.
              </Text>
            ) : (
              <>
                <Text className="code" my="xs">
                  <b>{first.method}</b> {first.host}
                  {first.path}
                </Text>
                <Text mb="sm" component="div">
                  <VerdictBadge outcome={outcomeOf(first)} />{' '}
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

function Number({ at, done }: { at: number; done: boolean }) {
  return (
    <span className={classes.stepNumber} data-done={done || undefined}>
      {done ? <IconCheck size={18} aria-label="Done" /> : at}
    </span>
  );
}
