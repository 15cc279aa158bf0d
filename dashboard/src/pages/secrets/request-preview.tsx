// A preview of the request that the upstream receives.
import { Text } from '@mantine/core';

import { readHosts } from '../../format/hosts';
import { preview, type SecretDraft } from './injection';
import classes from './request-preview.module.css';

/** "Used only for requests to api.github.com and github.com, path /repos/*." */
function scopeText(draft: SecretDraft): string {
  const hosts = readHosts(draft.hosts);
  const path = draft.pathPattern.trim();
  const target = hosts.length === 0 ? 'its hosts' : new Intl.ListFormat('en').format(hosts);
  return `Used only for requests to ${target}${path === '' ? '' : `, path ${path}`}.`;
}

export function RequestPreview({ draft }: { draft: SecretDraft }) {
  return (
    <section className="card" aria-label="Request preview">
      <Text size="sm" fw={560} className={classes.head}>
        Request to the upstream
      </Text>
      <pre className={classes.request}>
        {preview(draft).map((line, at) => (
          <div key={at}>
            {line.before}
            {line.value && <mark className={classes.value}>secret</mark>}
            {line.after}
          </div>
        ))}
      </pre>
      <Text size="sm" className={`quiet ${classes.foot}`}>
        {scopeText(draft)} The agent never sees it.
      </Text>
    </section>
  );
}
