// What stands in the place of what is still loading, in its size.
import { Skeleton, Stack } from '@mantine/core';

/** Rows of a list. */
export function RowSkeletons({ rows = 6, height = 52 }: { rows?: number; height?: number }) {
  return (
    <Stack gap={8} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <Skeleton key={at} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** A block, such as a chart or a card. */
export function BlockSkeleton({ height }: { height: number }) {
  return <Skeleton height={height} radius="lg" role="status" aria-label="Loading" />;
}
