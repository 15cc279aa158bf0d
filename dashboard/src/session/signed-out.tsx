// Sign-in instructions, shown while signed out.
import { Anchor, Loader, Stack, Text, Title } from '@mantine/core';

import { CopyLine } from '../components/copy-line';
import { Logo } from '../shell/logo';
import classes from '../shell/centre.module.css';

export function SignedOut() {
  return (
    <main className={classes.centre}>
      <Stack className={classes.box} gap="md">
        <Logo size={40} />
        <Title order={1}>Sign in to OneCLI</Title>
        <Text>There is no password. On the machine where OneCLI runs, run:</Text>
        <CopyLine text="onecli open" label="Command to sign in" />
        <Text className="quiet" size="sm">
          This opens the dashboard and signs you in. On a machine without a browser,{' '}
          <span className="code">onecli open --print</span> prints a single-use link that expires after a minute.
        </Text>
        <Text className="quiet" size="sm" role="status">
          <Loader size={12} mr={8} aria-hidden />
          Once you are signed in, this page continues where you left off.
        </Text>
        <Text size="sm">
          <Anchor href="/docs/api">API reference</Anchor>
        </Text>
      </Stack>
    </main>
  );
}
