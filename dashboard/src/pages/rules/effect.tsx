// The effect of a rule on the requests of the last 7 days: how many it matches and which verdicts change.
import { Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, read } from '../../api/client';
import { messageOf } from '../../api/problem';
import { rulesQuery } from '../../api/queries';
import { count, plural } from '../../format/units';
import { BlockSkeleton } from '../../components/skeletons';
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
    queryFn: async ({ signal }) => {
      const others = (rules.data ?? []).filter((rule) => rule.id !== id).map(draftOf);
      const replay = await read(api.POST('/v1/rules/replay', { body: { days: 7, rules: [...others, body] }, signal }));
      return { ...replay, own: replay.rules.at(-1) };
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
            {replay.data.requests === 0
              ? 'No requests in the last 7 days to test the rule with.'
              : replay.data.own !== undefined && replay.data.own.matched > 0
                ? `Matches ${count(replay.data.own.matched)} of ${plural(replay.data.requests, 'request')} in the last 7 days.`
                : `Matches none of ${plural(replay.data.requests, 'request')} in the last 7 days.`}
          </Text>
          <Text size="sm" className="quiet" hidden={replay.data.requests === 0}>
            {replay.data.changed === 0 ? 'No verdict would have changed' : `${plural(replay.data.changed, 'verdict')} would have changed`}
            {id === null ? '' : ' compared with the current rules'}.
            {replay.data.own !== undefined && replay.data.own.unknown > 0 && ` Up to ${count(replay.data.own.unknown)} more may match.`}
            {replay.data.truncated && ' Only the latest requests were evaluated.'}
          </Text>
          <ReplaySummary replay={replay.data} />
        </>
      )}
    </section>
  );
}
