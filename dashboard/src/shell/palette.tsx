// The command palette: pages, agents, secrets, rules and actions by name.
import { createSpotlight, Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconKey, IconListCheck, IconLogout, IconMoon, IconPlus, IconRobot, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLocation } from 'wouter';

import { agentsQuery, queries, rulesQuery, secretsQuery } from '../api/queries';
import { hostsOf } from '../format/hosts';
import { sentenceText } from '../rules/sentence';
import { signOut } from '../session/sign-out';
import { sections } from './routes';

const [store, spotlight] = createSpotlight();

export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [, go] = useLocation();
  const { toggleColorScheme } = useMantineColorScheme();
  const agents = useQuery(agentsQuery).data ?? [];
  const secrets = useQuery(secretsQuery).data ?? [];
  const rules = useQuery(rulesQuery).data ?? [];
  useEffect(() => {
    spotlight.open();
    return () => spotlight.close();
  }, []);
  const to = (path: string) => () => go(path);
  const name = (id: string) => agents.find((agent) => agent.id === id)?.name;
  const groups: SpotlightActionGroupData[] = [
    {
      group: 'Pages',
      actions: sections.map(({ path, label, Icon }) => ({
        id: `page ${path}`,
        label,
        leftSection: <Icon size={18} />,
        onClick: to(path),
      })),
    },
    {
      group: 'Actions',
      actions: [
        { id: 'new agent', label: 'Create agent', leftSection: <IconPlus size={18} />, onClick: to('/agents/new') },
        { id: 'new secret', label: 'Add secret', leftSection: <IconPlus size={18} />, onClick: to('/secrets/new') },
        { id: 'new rule', label: 'Create rule', leftSection: <IconPlus size={18} />, onClick: to('/rules/new') },
        { id: 'test rules', label: 'Test rules with a request', leftSection: <IconListCheck size={18} />, onClick: to('/rules/test') },
        { id: 'scheme', label: 'Switch between light and dark', leftSection: <IconMoon size={18} />, onClick: toggleColorScheme },
        { id: 'keys', label: 'Keyboard shortcuts', leftSection: <IconKeyboard size={18} />, onClick: onHelp },
        { id: 'out', label: 'Sign out', leftSection: <IconLogout size={18} />, onClick: () => void signOut(queries) },
      ],
    },
    {
      group: 'Agents',
      actions: agents.map((agent) => ({
        id: `agent ${agent.id}`,
        label: agent.name,
        description: agent.identifier,
        leftSection: <IconRobot size={18} />,
        onClick: to(`/agents/${agent.id}`),
      })),
    },
    {
      group: 'Secrets',
      actions: secrets.map((secret) => ({
        id: `secret ${secret.id}`,
        label: secret.name,
        description: hostsOf(secret).join(', '),
        leftSection: <IconKey size={18} />,
        onClick: to(`/secrets/${secret.id}`),
      })),
    },
    {
      group: 'Rules',
      actions: rules.map((rule) => ({
        id: `rule ${rule.id}`,
        label: rule.name,
        description: sentenceText(rule, name),
        leftSection: <IconListCheck size={18} />,
        onClick: to(`/rules/${rule.id}`),
      })),
    },
  ];
  return (
    <Spotlight
      store={store}
      actions={groups}
      limit={12}
      highlightQuery
      scrollable
      maxHeight={420}
      nothingFound="No results"
      shortcut={null}
      onSpotlightClose={onClose}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: 'Search pages, agents, secrets, rules and actions',
        'aria-label': 'Search pages, agents, secrets, rules and actions',
      }}
    />
  );
}
