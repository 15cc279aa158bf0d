// What somebody did, in words: what stands between who did it and what it was done to.

const ACTIONS: Record<string, string> = {
  'agent.create': 'created the agent',
  'agent.update': 'renamed the agent',
  'agent.remove': 'deleted the agent',
  'agent.regenerate_token': 'replaced the token of',
  'agent.suspend': 'suspended',
  'agent.resume': 'resumed',
  'agent.set_default': 'made the default agent',
  'agent.set_secret_mode': 'changed which secrets may be used by',
  'agent.set_secrets': 'chose the secrets of',
  'api_key.create': 'made the API key',
  'api_key.remove': 'deleted the API key',
  'approval.approve': 'approved a request that was held by',
  'approval.deny': 'denied a request that was held by',
  'grant.revoke': 'revoked a grant from',
  'installation.create': 'set up the installation as',
  'keys.rotate': 'made a new encryption key',
  'person.update': 'changed the account',
  'project.set_policy_mode': 'switched what happens by default in',
  'project.update': 'renamed the project',
  'rule.create': 'wrote the rule',
  'rule.update': 'changed the rule',
  'rule.remove': 'deleted the rule',
  'rules.import': 'imported rules into',
  'secret.create': 'added the secret',
  'secret.update': 'changed the secret',
  'secret.rotate': 'rotated the secret',
  'secret.remove': 'deleted the secret',
  'session.sign_in': 'signed in as',
  'session.sign_out': 'signed out as',
  'settings.update': 'changed settings',
  'sign_in_link.create': 'made a sign-in link for',
};

/** What is not known here, such as what a newer server does, is said in the log's own words. */
export function describeAction(action: string): string {
  return ACTIONS[action] ?? action.replaceAll(/[._]/g, ' ');
}
