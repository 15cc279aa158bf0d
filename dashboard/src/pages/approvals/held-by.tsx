// What holds a request: a rule, or the project’s policy mode where no rule matched.
import { Link } from 'wouter';

import type { Held } from '../../live/approvals';

interface Props {
  rule: Held['rule'];
  className?: string;
}

export function HeldBy({ rule, className }: Props) {
  return rule ? (
    <>
      held by{' '}
      <Link href={`/rules/${rule.id}`} className={className}>
        {rule.name}
      </Link>
    </>
  ) : (
    <>
      no rule matched;{' '}
      <Link href="/rules" className={className}>
        the project asks by default
      </Link>
    </>
  );
}
