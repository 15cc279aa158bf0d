// Shown when the server is unreachable on first load.
import { Button, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';

import { CopyLine } from '../components/copy-line';
import classes from './centre.module.css';
import { Logo } from './logo';

export function Unreachable({ onRetry }: { onRetry: () => void }) {
  useEffect(() => {
    const timer = window.setInterval(onRetry, 3000);
    return () => window.clearInterval(timer);
  }, [onRetry]);
  return (
    <main className={classes.centre}>
      <Stack className={classes.box} gap="md">
        <Logo size={40} />
        <Title order={1}>Can’t reach the server</Title>
        <Text>If it isn’t running, start it with:</Text>
        <CopyLine text="onecli start" label="Command to start the server" />
        <Text className="quiet" size="sm">
          This page retries automatically.
        </Text>
        <Button onClick={onRetry} variant="default">
          Retry now
        </Button>
      </Stack>
    </main>
  );
}
