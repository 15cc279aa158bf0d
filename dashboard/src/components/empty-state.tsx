// Shown where a list is empty: what belongs here and how to add it.
import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './state.module.css';

interface Props {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <Stack className={classes.state} align="center" gap="xs">
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <Title order={2}>{title}</Title>
      {children !== undefined && (
        <Text className="quiet" ta="center" maw="30rem" component="div">
          {children}
        </Text>
      )}
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </Stack>
  );
}
