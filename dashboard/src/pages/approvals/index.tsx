// The page Approvals.
import { PageHeader } from '../../pieces/page-header';

export default function ApprovalsPage() {
  return <PageHeader title="Approvals" />;
}
