// An address that leads nowhere.
import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'wouter';

import { EmptyState } from '../components/empty-state';
import { PageHeader } from '../components/page-header';

export function NotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        icon={<IconMapQuestion size={26} />}
        title="There is no such page"
        action={
          <Button component={Link} href="/">
            Go to the overview
          </Button>
        }
      >
        The link may be old, or what it led to was deleted.
      </EmptyState>
    </>
  );
}
