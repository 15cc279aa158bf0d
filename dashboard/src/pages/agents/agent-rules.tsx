// The rules that apply to an agent: its own, and those for all agents.
import { Button, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import type { Schemas } from '../../api/client';
import { agentsQuery, rulesQuery } from '../../api/queries';
import { ErrorState } from '../../components/error-state';
import { RuleSentence } from '../../components/rule-sentence';
import { RowSkeletons } from '../../components/skeletons';
import table from '../../components/list-table.module.css';
import classes from './agents.module.css';

export function AgentRules({ agent }: { agent: Schemas['Agent'] }) {
  const rules = useQuery(rulesQuery);
  const agents = useQuery(agentsQuery).data;
  if (rules.data === undefined) {
    return rules.isError ? (
      <ErrorState subject="rules" error={rules.error} onRetry={() => void rules.refetch()} />
    ) : (
      <RowSkeletons rows={4} />
    );
  }
  const groups = [
    { title: `Only for ${agent.name}`, those: rules.data.filter((rule) => rule.agentId === agent.id) },
    { title: 'For all agents', those: rules.data.filter((rule) => !rule.agentId) },
  ];
  return (
    <Stack maw="52rem">
      <div>
        <Button component={Link} href={`/rules/new?agentId=${agent.id}`} variant="default" leftSection={<IconPlus size={16} />}>
          Create a rule for this agent
        </Button>
      </div>
      {groups.map(({ title, those }) => (
        <section key={title}>
          <Title order={2} mb="xs">
            {title}
          </Title>
          {those.length === 0 ? (
            <Text className="quiet">None.</Text>
          ) : (
            <ul className={`card ${classes.panel} ${classes.list}`}>
              {those.map((rule) => (
                <li key={rule.id} className={classes.item}>
                  <div>
                    <Link href={`/rules/${rule.id}`} className={table.name}>
                      {rule.name}
                    </Link>
                    {!rule.enabled && <span className="quiet"> (disabled)</span>}
                    <Text size="sm" className="quiet">
                      <RuleSentence rule={rule} agents={agents} />
                    </Text>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
    </Stack>
  );
}
