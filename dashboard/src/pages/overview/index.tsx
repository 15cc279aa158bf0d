// The page Overview.
import { PageHeader } from '../../pieces/page-header';

export default function OverviewPage() {
  return <PageHeader title="Overview" />;
}
