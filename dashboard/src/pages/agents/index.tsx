// The page Agents.
import { PageHeader } from '../../pieces/page-header';

export default function AgentsPage() {
  return <PageHeader title="Agents" />;
}
