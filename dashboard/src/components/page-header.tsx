// The head of a page: what it is, and what can be done here.
import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface Props {
  title: string;
  /** One sentence on what the page is for. */
  about?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
  /** The way back up, above the title. */
  up?: ReactNode;
}

export function PageHeader({ title, about, actions, up }: Props) {
  useEffect(() => {
    const waiting = /^\(\d+\) /.exec(document.title)?.[0] ?? '';
    document.title = `${waiting}${title} · OneCLI`;
  }, [title]);
  return (
    <Stack gap={4} mb="lg" component="header">
      {up}
      <Group justify="space-between" gap="sm" align="center">
        <Title order={1}>{title}</Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {about !== undefined && (
        <Text className="quiet" maw="46rem">
          {about}
        </Text>
      )}
    </Stack>
  );
}
