// The header of a page: title, description and actions.
import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface Props {
  title: string;
  /** One sentence on the page’s purpose. */
  description?: ReactNode;
  /** Action buttons. */
  actions?: ReactNode;
  /** A link to the parent page, above the title. */
  back?: ReactNode;
}

export function PageHeader({ title, description, actions, back }: Props) {
  useEffect(() => {
    const pendingPrefix = /^\(\d+\) /.exec(document.title)?.[0] ?? '';
    document.title = `${pendingPrefix}${title} · OneCLI`;
  }, [title]);
  return (
    <Stack gap={4} mb="lg" component="header">
      {back}
      <Group justify="space-between" gap="sm" align="center">
        <Title order={1}>{title}</Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {description !== undefined && (
        <Text className="quiet" maw="46rem">
          {description}
        </Text>
      )}
    </Stack>
  );
}
