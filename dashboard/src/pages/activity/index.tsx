// Activity: every request of every agent, as it happens.
import { useRoute } from 'wouter';

import { ActivityPage } from './activity-page';

export default function Page() {
  const [, params] = useRoute('/activity/*?');
  return <ActivityPage selected={params?.['*'] ?? ''} />;
}
