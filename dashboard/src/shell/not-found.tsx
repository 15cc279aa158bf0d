// Shown for unknown URLs.
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
        title="Page not found"
        action={
          <Button component={Link} href="/">
            Go to the overview
          </Button>
        }
      >
        The link may be outdated, or the item was deleted.
      </EmptyState>
    </>
  );
}
