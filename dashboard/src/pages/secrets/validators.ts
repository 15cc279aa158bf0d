// Validators of the secret form, with the same checks as the server.
import { readHosts } from '../../format/hosts';
import type { SecretDraft } from './injection';

export function validators(editing: boolean) {
  const requireValue = (format: string) => (format.includes('{value}') ? null : 'Must contain {value}, which the secret replaces');
  return {
    name: (value: string) => (value.trim() === '' ? 'Enter a name' : null),
    value: (value: string) =>
      editing ? null : value === '' ? 'Enter a value' : value.length > 10_000 ? 'Use at most 10,000 characters' : null,
    hosts: hostsProblem,
    pathPattern: (value: string) => (value.trim() === '' || value.trim() === '*' || value.trim().startsWith('/') ? null : 'A path starts with /'),
    headerName: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.placement === 'header' && value.trim() === '' ? 'Enter a header name' : null),
    valueFormat: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.placement === 'header' ? requireValue(value) : null),
    paramName: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.placement === 'param' && value.trim() === '' ? 'Enter a parameter name' : null),
    paramFormat: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.placement === 'param' ? requireValue(value) : null),
    pathTemplate: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.placement === 'path' ? requireValue(value) : null),
  };
}

function hostsProblem(value: string): string | null {
  const hosts = readHosts(value);
  if (hosts.length === 0) {
    return 'Enter a host, such as api.stripe.com';
  }
  const wrong = hosts.find((host) => host.includes('/'));
  if (wrong !== undefined) {
    return `“${wrong}” is not a host. Leave out https:// and the path`;
  }
  return hosts.includes('*') ? 'A secret can’t be used for all hosts (*). Enter the hosts it is for' : null;
}
