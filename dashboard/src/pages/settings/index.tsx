// The page Settings.
import { PageHeader } from '../../pieces/page-header';

export default function SettingsPage() {
  return <PageHeader title="Settings" />;
}
