// What needs a person: holds, credentials that fail, alarms.
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconChevronRight, IconHandStop, IconKey } from '@tabler/icons-react';
import { Link } from 'wouter';

import { api, read } from '../../api/client';
import { secretsQuery } from '../../api/queries';
import { plural } from '../../format/units';
import { usePending } from '../../live/approvals';
import { useNow } from '../../pieces/use-now';
import classes from './overview.module.css';

export function Attention() {
  const waiting = usePending();
  const secrets = useQuery(secretsQuery).data ?? [];
  const refused = useQuery({
    queryKey: ['activity', 'alarms'],
    queryFn: ({ signal }) => read(api.GET('/v1/activity', { params: { query: { verdict: 'refuse', limit: 200 } }, signal })),
    refetchInterval: 30_000,
  });
  const now = useNow(60_000);
  const failing = secrets.filter((secret) => secret.health === 'failing');
  const alarms = (refused.data ?? []).filter((record) => record.alarm && now.getTime() - new Date(record.at).getTime() < 7 * 86_400_000);
  const items = [
    waiting.length > 0 && {
      key: 'held',
      Icon: IconHandStop,
      href: '/approvals',
      text: `${plural(waiting.length, 'request')} ${waiting.length === 1 ? 'waits' : 'wait'} for you`,
      more: waiting[0]?.summary.action,
    },
    ...failing.map((secret) => ({
      key: secret.id,
      Icon: IconKey,
      href: `/secrets/${secret.id}`,
      text: `${secret.name} is refused by ${secret.hostPattern}`,
      more: 'It may be wrong, expired or revoked',
    })),
    alarms.length > 0 && {
      key: 'alarms',
      Icon: IconAlertTriangle,
      href: `/activity/${alarms[0]?.id ?? ''}?verdict=refuse`,
      text: `${plural(alarms.length, 'alarm')} in the last 7 days`,
      more: 'A stand-in was sent where it doesn’t belong',
    },
  ].filter((item) => item !== false);
  if (items.length === 0) {
    return null;
  }
  return (
    <section aria-label="Needs attention">
      <ul className={classes.attention}>
        {items.slice(0, 5).map(({ key, Icon, href, text, more }) => (
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
