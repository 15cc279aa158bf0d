// A rule as a sentence, with patterns and methods in monospace.
import { Fragment } from 'react';

import type { Schemas } from '../api/client';
import { sentence } from '../rules/sentence';

interface Props {
  rule: Parameters<typeof sentence>[0];
  agents: readonly Pick<Schemas['Agent'], 'id' | 'name'>[] | undefined;
}

export function RuleSentence({ rule, agents }: Props) {
  const parts = sentence(rule, (id) => agents?.find((agent) => agent.id === id)?.name);
  return (
    <span>
      {parts.map((part, at) => (
        <Fragment key={at}>
          {at > 0 && !part.tight && ' '}
          {part.code ? <span className="code">{part.text}</span> : part.text}
        </Fragment>
      ))}
    </span>
  );
}
