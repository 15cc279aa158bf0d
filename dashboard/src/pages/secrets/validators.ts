// What is wrong with a secret's fields before it is sent: the same that the server would say.
import type { SecretDraft } from './injection';

export function validators(editing: boolean) {
  const needsPlace = (format: string) => (format.includes('{value}') ? null : 'It must hold {value}, where the secret goes');
  return {
    name: (value: string) => (value.trim() === '' ? 'Which name?' : null),
    value: (value: string) =>
      editing ? null : value === '' ? 'Which value?' : value.length > 10_000 ? 'At most 10,000 characters' : null,
    hostPattern: (value: string) =>
      value.trim() === ''
        ? 'Which host? Such as api.stripe.com'
        : value.trim() === '*'
          ? 'A secret needs a host of its own: anybody can be behind *'
          : /[/\s]/.test(value.trim())
            ? 'A host alone, without https:// and path'
            : null,
    pathPattern: (value: string) => (value.trim() === '' || value.trim() === '*' || value.trim().startsWith('/') ? null : 'A path begins with /'),
    headerName: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.way === 'header' && value.trim() === '' ? 'Which header?' : null),
    valueFormat: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.way === 'header' ? needsPlace(value) : null),
    paramName: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.way === 'param' && value.trim() === '' ? 'Which parameter?' : null),
    paramFormat: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.way === 'param' ? needsPlace(value) : null),
    pathTemplate: (value: string, draft: SecretDraft) => (draft.type === 'generic' && draft.way === 'path' ? needsPlace(value) : null),
  };
}
