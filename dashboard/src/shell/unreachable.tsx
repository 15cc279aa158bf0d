// The server doesn't answer, and nothing was loaded before.
import { Button, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';

import { CopyLine } from '../components/copy-line';
import classes from './centre.module.css';
import { Logo } from './logo';

export function Unreachable({ again }: { again: () => void }) {
  useEffect(() => {
    const timer = window.setInterval(again, 3000);
    return () => window.clearInterval(timer);
  }, [again]);
  return (
    <main className={classes.centre}>
      <Stack className={classes.box} gap="md">
        <Logo size={40} />
        <Title order={1}>The server doesn’t answer</Title>
        <Text>Is it still running? Start it with:</Text>
        <CopyLine text="onecli start" label="Command to start the server" />
        <Text className="quiet" size="sm">
          This page tries again by itself.
        </Text>
        <Button onClick={again} variant="default">
          Try now
        </Button>
      </Stack>
    </main>
  );
}
