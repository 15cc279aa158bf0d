// Descriptions of audited actions, shown between the person and the target.

const ACTIONS: Record<string, string> = {
  'agent.create': 'created the agent',
  'agent.update': 'renamed the agent',
  'agent.remove': 'deleted the agent',
  'agent.regenerate_token': 'replaced the token of',
  'agent.suspend': 'suspended',
  'agent.resume': 'resumed',
  'agent.set_default': 'set as default agent:',
  'agent.set_secret_mode': 'changed the secret mode of',
  'agent.set_secrets': 'changed the secrets of',
  'api_key.create': 'created the API key',
  'api_key.remove': 'deleted the API key',
  'approval.approve': 'approved a request held by',
  'approval.deny': 'denied a request held by',
  'grant.revoke': 'revoked a grant from',
  'installation.create': 'set up the installation as',
  'keys.rotate': 'rotated the encryption key',
  'person.update': 'changed the account',
  'project.set_policy_mode': 'changed the policy mode of',
  'project.update': 'renamed the project',
  'rule.create': 'created the rule',
  'rule.update': 'changed the rule',
  'rule.remove': 'deleted the rule',
  'rules.import': 'imported rules into',
  'secret.create': 'created the secret',
  'secret.update': 'changed the secret',
  'secret.rotate': 'rotated the secret',
  'secret.remove': 'deleted the secret',
  'session.sign_in': 'signed in as',
  'session.sign_out': 'signed out as',
  'settings.update': 'changed settings',
  'sign_in_link.create': 'created a sign-in link for',
};

/** Unknown actions, such as a newer server’s, are shown by name. */
export function describeAction(action: string): string {
  return ACTIONS[action] ?? action.replaceAll(/[._]/g, ' ');
}
