// Secrets: the list, one of them, and the form that adds one.
import { useRoute } from 'wouter';

import { NewSecret } from './new-secret';
import { SecretList } from './secret-list';
import { SecretPage } from './secret-page';

export default function SecretsPage() {
  const [, params] = useRoute('/secrets/*?');
  const rest = params?.['*'] ?? '';
  return rest === '' ? <SecretList /> : rest === 'new' ? <NewSecret /> : <SecretPage key={rest} id={rest} />;
}
