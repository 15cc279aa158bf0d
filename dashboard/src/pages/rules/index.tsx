// The page Rules.
import { PageHeader } from '../../pieces/page-header';

export default function RulesPage() {
  return <PageHeader title="Rules" />;
}
