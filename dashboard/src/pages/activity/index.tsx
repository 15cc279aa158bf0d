// The page Activity.
import { PageHeader } from '../../pieces/page-header';

export default function ActivityPage() {
  return <PageHeader title="Activity" />;
}
