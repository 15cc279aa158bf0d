// Loading skeletons in the size of the content they replace.
import { Skeleton, Stack } from '@mantine/core';

/** For the rows of a list. */
export function RowSkeletons({ rows = 6, height = 52 }: { rows?: number; height?: number }) {
  return (
    <Stack gap={8} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <Skeleton key={at} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** For a block, such as a chart or a card. */
export function BlockSkeleton({ height }: { height: number }) {
  return <Skeleton height={height} radius="lg" role="status" aria-label="Loading" />;
}
