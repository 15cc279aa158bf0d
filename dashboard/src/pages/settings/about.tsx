// About: version, account and links to documentation.
import { Anchor, Button, Title } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { api, read } from '../../api/client';
import { countsQuery, queries } from '../../api/queries';
import { count } from '../../format/units';
import { usePerson } from '../../session/person';
import { signOut } from '../../session/sign-out';
import classes from './settings.module.css';

export function About() {
  const person = usePerson();
  const health = useQuery({ queryKey: ['health'], queryFn: ({ signal }) => read(api.GET('/v1/health', { signal })) });
  const counts = useQuery(countsQuery);
  return (
    <section className={`card ${classes.panel}`}>
      <Title order={2} mb="md">
        OneCLI
      </Title>
      <dl className={classes.facts}>
        <dt>Version</dt>
        <dd className="number">{health.data?.version ?? '…'}</dd>
        <dt>Signed in as</dt>
        <dd>{person.name}</dd>
        <dt>Activity records</dt>
        <dd className="number">{counts.data === undefined ? '…' : count(counts.data.activity)}</dd>
        <dt>API</dt>
        <dd>
          <Anchor href="/docs/api">API reference</Anchor>, <Anchor href="/v1/openapi.json">OpenAPI document</Anchor>
        </dd>
      </dl>
      <Button mt="lg" variant="default" leftSection={<IconLogout size={16} />} onClick={() => void signOut(queries)}>
        Sign out
      </Button>
    </section>
  );
}
