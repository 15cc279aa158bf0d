// The page Secrets.
import { PageHeader } from '../../pieces/page-header';

export default function SecretsPage() {
  return <PageHeader title="Secrets" />;
}
