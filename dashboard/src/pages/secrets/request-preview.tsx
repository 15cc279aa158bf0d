// What will be sent where: the request with the place of the value.
import { Text } from '@mantine/core';

import { preview, type SecretDraft } from './injection';
import classes from './request-preview.module.css';

export function RequestPreview({ draft }: { draft: SecretDraft }) {
  return (
    <section className="card" aria-label="What will be sent">
      <Text size="sm" fw={560} className={classes.head}>
        What the upstream gets
      </Text>
      <pre className={classes.request}>
        {preview(draft).map((line, at) => (
          <div key={at}>
            {line.before}
            {line.value && <mark className={classes.value}>the secret</mark>}
            {line.after}
          </div>
        ))}
      </pre>
      <Text size="sm" className={`quiet ${classes.foot}`}>
        {draft.hostPattern.trim() === '' ? 'Only requests to its host get it.' : `Only requests to ${draft.hostPattern.trim()} get it${draft.pathPattern.trim() ? `, and only on ${draft.pathPattern.trim()}` : ''}.`}{' '}
        The agent never sees it.
      </Text>
    </section>
  );
}
