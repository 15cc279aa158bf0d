// A long list: what is in sight at once, the rest right after, and very long ones only as far as one wants.
import { Button } from '@mantine/core';
import { type ReactNode, useDeferredValue, useState } from 'react';

import { count } from '../format/units';

interface Props<T> {
  all: readonly T[];
  children: (part: readonly T[]) => ReactNode;
}

export function ProgressiveList<T>({ all, children }: Props<T>) {
  const [most, setMost] = useState(STEP);
  const wanted = Math.min(all.length, most);
  const drawn = useDeferredValue(wanted, Math.min(wanted, IN_SIGHT));
  return (
    <>
      {children(all.slice(0, drawn))}
      {wanted < all.length && (
        <Button variant="default" mt="md" onClick={() => setMost(most + STEP)}>
          Show more ({count(all.length - wanted)} left)
        </Button>
      )}
    </>
  );
}

const IN_SIGHT = 16;
const STEP = 200;
