// What a rule would have done: to how many of the last 7 days' requests, and to which verdicts.
import { Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, read } from '../../api/client';
import { messageOf } from '../../api/problem';
import { rulesQuery } from '../../api/queries';
import { count, plural } from '../../format/units';
import { BlockSkeleton } from '../../pieces/skeletons';
import { bodyOf, type Draft, draftOf } from './draft';
import classes from './effect.module.css';
import { ReplaySummary } from './replay-summary';

export function Effect({ id, draft }: { id: string | null; draft: Draft }) {
  const rules = useQuery(rulesQuery);
  const body = bodyOf(draft);
  const ready = body.hostPattern !== '';
  const replay = useQuery({
    queryKey: ['replay', id, body, rules.dataUpdatedAt],
    enabled: ready && rules.data !== undefined,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const others = (rules.data ?? []).filter((rule) => rule.id !== id).map(draftOf);
      return read(api.POST('/v1/rules/replay', { body: { days: 7, rules: [...others, body] }, signal }));
    },
  });
  if (!ready) {
    return null;
  }
  return (
    <section className={`card ${classes.card}`} aria-live="polite" aria-label="Effect on recorded requests">
      {replay.isPending ? (
        <BlockSkeleton height={72} />
      ) : replay.isError ? (
        <Text className="quiet" size="sm">
          {messageOf(replay.error)}
        </Text>
      ) : (
        <>
          <Text fw={560}>
            {replay.data.changed === 0
              ? 'No request of the last 7 days would have got another verdict.'
              : `${plural(replay.data.changed, 'request')} of the last 7 days would have got another verdict.`}
          </Text>
          <Text size="sm" className="quiet">
            Of {count(replay.data.requests)} recorded{id === null ? '' : ', compared with the rules as they are now'}.
          </Text>
          <ReplaySummary replay={replay.data} />
        </>
      )}
    </section>
  );
}
