// What needs a person: holds, alarms, credentials that fail, agents that are refused again and again.
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconBan, IconChevronRight, IconHandStop, IconKey } from '@tabler/icons-react';
import { Link } from 'wouter';

import type { Schemas } from '../../api/client';
import { attentionQuery } from '../../api/queries';
import { count, plural } from '../../format/units';
import { usePending } from '../../live/approvals';
import { REFUSED } from '../activity/filters';
import classes from './overview.module.css';

type Item = Schemas['AttentionItem'];

export function Attention() {
  const waiting = usePending();
  const found = useQuery(attentionQuery).data ?? [];
  const items = [
    // The stream knows of holds before anything else does.
    ...(waiting.length > 0
      ? [
          {
            key: 'approvals',
            Icon: IconHandStop,
            href: '/approvals',
            text: `${plural(waiting.length, 'request')} ${waiting.length === 1 ? 'waits' : 'wait'} for you`,
            more: waiting[0]?.summary.action,
          },
        ]
      : []),
    ...found.filter((item) => item.kind !== 'approvals').map((item) => ({ key: `${item.kind} ${item.id ?? ''}`, ...tell(item) })),
  ];
  if (items.length === 0) {
    return null;
  }
  return (
    <section aria-label="Needs attention">
      <ul className={classes.attention}>
        {items.slice(0, 6).map(({ key, Icon, href, text, more }) => (
          <li key={key}>
            <Link href={href} className={classes.item}>
              <Icon size={18} aria-hidden />
              <b>{text}</b>
              <span className={classes.more}>{more}</span>
              <IconChevronRight size={16} aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function tell(item: Item) {
  const id = item.id ?? '';
  const name = item.name ?? '';
  switch (item.kind) {
    case 'secret_failing':
      return { Icon: IconKey, href: `/secrets/${id}`, text: `${name} is refused by ${item.host ?? ''}`, more: 'It may be wrong, expired or revoked' };
    case 'agent_refused':
      return {
        Icon: IconBan,
        href: `/activity?agentId=${id}&verdict=${REFUSED}&since=24h`,
        text: `${name} is refused a lot`,
        more: `${count(item.count)} of ${plural(item.requests ?? item.count, 'request')} in 24 hours: a rule may be too strict, or the agent is up to something`,
      };
    case 'alarms':
    case 'approvals':
      return {
        Icon: IconAlertTriangle,
        href: '/activity?alarm=true&since=7d',
        text: `${plural(item.count, 'alarm')} in the last 7 days`,
        more: 'A stand-in was sent where it doesn’t belong',
      };
  }
}
