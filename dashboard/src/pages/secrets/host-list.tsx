// The hosts of a secret in a table cell: the first ones, and the number of the rest.
import { Tooltip } from '@mantine/core';

import type { Schemas } from '../../api/client';
import { hostsOf, hostsText } from '../../format/hosts';

const MAX_HOSTS = 2;

export function HostList({ secret }: { secret: Schemas['Secret'] }) {
  const hosts = hostsOf(secret);
  if (hosts.length <= MAX_HOSTS + 1) {
    return <>{hostsText(secret)}</>;
  }
  return (
    <Tooltip label={hostsText(secret)} multiline maw={420}>
      <span>
        {hosts.slice(0, MAX_HOSTS).join(', ')} <span className="quiet">and {hosts.length - MAX_HOSTS} more</span>
        {secret.pathPattern ? ` ${secret.pathPattern}` : ''}
      </span>
    </Tooltip>
  );
}
