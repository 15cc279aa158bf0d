// The card of a held request: summary, agent, rule, remaining time and actions.
import { Button, Collapse, Group, Text, Title } from '@mantine/core';
import { IconCheck, IconChevronDown, IconClock, IconX } from '@tabler/icons-react';
import { Link } from 'wouter';

import type { Held } from '../../live/approvals';
import { Countdown } from '../../components/countdown';
import { TimeAgo } from '../../components/time-ago';
import { HeldBy } from './held-by';
import { HeldDetails } from './held-details';
import classes from './held-card.module.css';
import { SummaryList } from './summary-list';

interface Props {
  held: Held;
  selected: boolean;
  open: boolean;
  busy: boolean;
  onSelect: () => void;
  onToggle: () => void;
  onApprove: () => void;
  onGrant: () => void;
  onDeny: () => void;
  reference: (element: HTMLElement | null) => void;
}

export function HeldCard({ held, selected, open, busy, onSelect, onToggle, onApprove, onGrant, onDeny, reference }: Props) {
  return (
    <article
      className={classes.card}
      data-selected={selected || undefined}
      aria-label={`${held.summary.action}, requested by ${held.agent.name}`}
      ref={reference}
      tabIndex={-1}
      onFocus={onSelect}
    >
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
        <div className={classes.head}>
          <Title order={2} className={classes.action}>
            {held.summary.action}
          </Title>
          <Text className="quiet" size="sm">
            <Link href={`/agents/${held.agent.id}`} className={classes.link}>
              {held.agent.name}
            </Link>{' '}
            <TimeAgo at={held.createdAt} /> · <HeldBy rule={held.rule} className={classes.link} />
            {held.state === 'interrupted' && ' · interrupted by a gateway restart; it is sent when the agent retries'}
          </Text>
        </div>
        <Group gap={6} wrap="nowrap" className={classes.clock}>
          <IconClock size={16} aria-hidden />
          <Countdown until={held.expiresAt} />
        </Group>
      </Group>
      <Text className={`${classes.request} code`}>
        <b>{held.method}</b> {held.url}
      </Text>
      <SummaryList fields={held.summary.details} all={open} onShowAll={onToggle} />
      <Collapse expanded={open} keepMounted={false}>
        <HeldDetails held={held} />
      </Collapse>
      <Group gap="xs" mt="md" className={classes.buttons}>
        <Button leftSection={<IconCheck size={16} />} onClick={onApprove} loading={busy}>
          Approve
        </Button>
        <Button variant="default" onClick={onGrant} disabled={busy}>
          Approve with grant…
        </Button>
        <Button variant="default" className={classes.deny} leftSection={<IconX size={16} />} onClick={onDeny} disabled={busy}>
          Deny
        </Button>
        <Button
          variant="subtle"
          color="gray"
          ml="auto"
          onClick={onToggle}
          aria-expanded={open}
          rightSection={<IconChevronDown size={15} className={classes.chevron} data-open={open || undefined} />}
        >
          {open ? 'Hide details' : 'Details'}
        </Button>
      </Group>
    </article>
  );
}
