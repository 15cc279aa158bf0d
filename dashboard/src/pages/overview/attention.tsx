// Items that need attention: held requests, alarms, failing secrets and frequently refused agents.
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
  const pending = usePending();
  const found = useQuery(attentionQuery).data ?? [];
  const items = [
    // Taken from the live stream, which is ahead of the attention query.
    ...(pending.length > 0
      ? [
          {
            key: 'approvals',
            Icon: IconHandStop,
            href: '/approvals',
            text: `${plural(pending.length, 'request')} pending approval`,
            more: pending[0]?.summary.action,
          },
        ]
      : []),
    ...found.filter((item) => item.kind !== 'approvals').map((item) => ({ key: `${item.kind} ${item.id ?? ''}`, ...describe(item) })),
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

function describe(item: Item) {
  const id = item.id ?? '';
  const name = item.name ?? '';
  switch (item.kind) {
    case 'secret_failing':
      return { Icon: IconKey, href: `/secrets/${id}`, text: `${item.host ?? 'The upstream'} rejects ${name}`, more: 'The secret may be wrong, expired or revoked' };
    case 'agent_refused':
      return {
        Icon: IconBan,
        href: `/activity?agentId=${id}&verdict=${REFUSED}&since=24h`,
        text: `Many requests of ${name} are refused`,
        more: `${count(item.count)} of ${plural(item.requests ?? item.count, 'request')} in 24 hours; a rule may be too strict, or the agent may be misbehaving`,
      };
    case 'alarms':
    case 'approvals':
      return {
        Icon: IconAlertTriangle,
        href: '/activity?alarm=true&since=7d',
        text: `${plural(item.count, 'alarm')} in the last 7 days`,
        more: 'A placeholder was sent to the wrong host',
      };
  }
}
