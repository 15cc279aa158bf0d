// Activity: the live list of agent requests.
import { useRoute } from 'wouter';

import { ActivityPage } from './activity-page';

export default function Page() {
  const [, params] = useRoute('/activity/*?');
  return <ActivityPage selected={params?.['*'] ?? ''} />;
}
