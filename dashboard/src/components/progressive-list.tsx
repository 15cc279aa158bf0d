// Renders a long list in steps: the visible items first, the rest deferred, and 200 more per click.
import { Button } from '@mantine/core';
import { type ReactNode, useDeferredValue, useState } from 'react';

import { count } from '../format/units';

interface Props<T> {
  items: readonly T[];
  children: (rendered: readonly T[]) => ReactNode;
}

export function ProgressiveList<T>({ items, children }: Props<T>) {
  const [limit, setLimit] = useState(STEP);
  const wanted = Math.min(items.length, limit);
  const rendered = useDeferredValue(wanted, Math.min(wanted, VISIBLE));
  return (
    <>
      {children(items.slice(0, rendered))}
      {wanted < items.length && (
        <Button variant="default" mt="md" onClick={() => setLimit(limit + STEP)}>
          Show more ({count(items.length - wanted)} left)
        </Button>
      )}
    </>
  );
}

const VISIBLE = 16;
const STEP = 200;
