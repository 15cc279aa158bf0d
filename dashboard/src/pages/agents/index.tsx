// Agents: the list and the page of one agent.
import { useRoute } from 'wouter';

import { AgentList } from './agent-list';
import { AgentPage } from './agent-page';

export default function AgentsPage() {
  const [, params] = useRoute('/agents/*?');
  const rest = params?.['*'] ?? '';
  const [id, tab] = rest.split('/');
  return id === '' || id === undefined ? (
    <AgentList />
  ) : id === 'new' ? (
    <AgentList creating />
  ) : (
    <AgentPage key={id} id={id} tab={tab ?? 'connect'} />
  );
}
