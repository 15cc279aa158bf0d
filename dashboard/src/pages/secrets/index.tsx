// Secrets: the list, the page of one secret and the form for a new one.
import { useRoute } from 'wouter';

import { NewSecret } from './new-secret';
import { SecretList } from './secret-list';
import { SecretPage } from './secret-page';

export default function SecretsPage() {
  const [, params] = useRoute('/secrets/*?');
  const rest = params?.['*'] ?? '';
  return rest === '' ? <SecretList /> : rest === 'new' ? <NewSecret /> : <SecretPage key={rest} id={rest} />;
}
