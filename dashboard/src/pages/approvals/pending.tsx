// Pending requests as cards, decided with buttons or keyboard shortcuts.
import { Stack } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconHandStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { pendingQuery } from '../../live/approvals';
import { EmptyState } from '../../components/empty-state';
import { ErrorState } from '../../components/error-state';
import { Kbd } from '../../components/kbd';
import { RowSkeletons } from '../../components/skeletons';
import { ApproveForTime } from './approve-for-time';
import { useDecide } from './decide';
import { Deny } from './deny';
import { HeldCard } from './held-card';
import { keepSelected, step } from './selection';
import classes from './pending.module.css';

export function Pending({ initial }: { initial: string }) {
  const approvals = useQuery(pendingQuery);
  const decide = useDecide();
  const pending = approvals.data ?? [];
  const ids = pending.map((held) => held.id);
  const [selectedId, select] = useState<string | null>(initial === '' ? null : initial);
  const [before, setBefore] = useState(ids);
  const [open, setOpen] = useState<string | null>(initial === '' ? null : initial);
  const [granting, setGranting] = useState<string | null>(null);
  const [denying, setDenying] = useState<string | null>(null);
  const cards = useRef(new Map<string, HTMLElement>());

  if (ids.join() !== before.join()) {
    setBefore(ids);
    select(keepSelected(ids, selectedId, before));
  }
  const selected = keepSelected(ids, selectedId, before);
  const held = pending.find((one) => one.id === selected);
  const move = (by: 1 | -1) => {
    const next = step(ids, selected, by);
    select(next);
    if (next !== null) {
      cards.current.get(next)?.focus();
    }
  };
  useHotkeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
    ['a', () => held && !decide.isPending && decide.mutate({ held, decision: 'approve' })],
    ['d', () => held && setDenying(held.id)],
    ['g', () => undefined],
    ['e', () => setOpen((one) => (one === selected ? null : selected))],
  ]);
  useEffect(() => {
    if (initial !== '') {
      cards.current.get(initial)?.scrollIntoView({ block: 'center' });
    }
  }, [initial]);

  if (approvals.isPending) {
    return <RowSkeletons rows={3} height={170} />;
  }
  if (approvals.isError && approvals.data === undefined) {
    return <ErrorState subject="pending requests" error={approvals.error} onRetry={() => void approvals.refetch()} />;
  }
  if (pending.length === 0) {
    return (
      <EmptyState icon={<IconHandStop size={26} />} title="No pending requests">
        Requests appear here when a <b>hold</b> rule matches them. Create one to be asked before agents pay, send or delete.
      </EmptyState>
    );
  }
  return (
    <>
      <p className={classes.keys}>
        <Kbd keys="j" /> <Kbd keys="k" /> select · <Kbd keys="a" /> approve · <Kbd keys="d" /> deny · <Kbd keys="e" /> details
      </p>
      <Stack gap="md" component="ul" className={classes.list}>
        {pending.map((one) => (
          <li key={one.id}>
            <HeldCard
              held={one}
              selected={one.id === selected}
              open={open === one.id}
              busy={decide.isPending && decide.variables.held.id === one.id}
              onSelect={() => select(one.id)}
              onToggle={() => setOpen(open === one.id ? null : one.id)}
              onApprove={() => decide.mutate({ held: one, decision: 'approve' })}
              onGrant={() => setGranting(one.id)}
              onDeny={() => setDenying(one.id)}
              reference={(element) => {
                if (element === null) {
                  cards.current.delete(one.id);
                } else {
                  cards.current.set(one.id, element);
                }
              }}
            />
          </li>
        ))}
      </Stack>
      <ApproveForTime held={pending.find((one) => one.id === granting)} onClose={() => setGranting(null)} decide={decide} />
      <Deny held={pending.find((one) => one.id === denying)} onClose={() => setDenying(null)} decide={decide} />
    </>
  );
}
