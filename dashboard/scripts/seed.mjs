// Fills a server with sample data through the API and with real requests through the gateway.

const SECRETS = [
  { name: 'Stripe (live)', type: 'generic', value: 'sk_live_4eC39HqLyjWDarjtT1zdp7dc', hostPattern: 'api.stripe.com', injectionConfig: { headerName: 'authorization', valueFormat: 'Bearer {value}' } },
  { name: 'GitHub bot', type: 'generic', value: 'ghp_0123456789abcdefghijklmnopqrstuvwxyz', hostPattern: 'api.github.com', injectionConfig: { headerName: 'authorization', valueFormat: 'Bearer {value}' } },
  { name: 'OpenAI', type: 'openai', value: 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789', hostPattern: 'api.openai.com' },
  { name: 'Anthropic', type: 'anthropic', value: 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz', hostPattern: 'api.anthropic.com' },
  { name: 'Slack', type: 'generic', value: 'xoxb-123456789012-abcdefghijkl', hostPattern: 'slack.com', pathPattern: '/api/*', injectionConfig: { headerName: 'authorization', valueFormat: 'Bearer {value}' } },
  { name: 'Linear', type: 'generic', value: 'lin_api_abcdefghijklmnop', hostPattern: 'api.linear.app', injectionConfig: { headerName: 'authorization', valueFormat: '{value}' } },
  { name: 'SendGrid (unused)', type: 'generic', value: 'SG.abcdefghijklmnop.qrstuvwxyz', hostPattern: 'api.sendgrid.com', injectionConfig: { headerName: 'authorization', valueFormat: 'Bearer {value}' } },
];

const RULES = [
  { name: 'Refunds need approval', hostPattern: 'api.stripe.com', pathPattern: '/v1/refunds*', method: 'POST', action: 'manual_approval', approvalTimeoutSeconds: 900 },
  { name: 'Repositories can’t be deleted', hostPattern: 'api.github.com', pathPattern: '/repos/*/*', method: 'DELETE', action: 'block' },
  { name: 'Mail needs approval', hostPattern: 'gmail.googleapis.com', pathPattern: '/gmail/v1/users/me/messages/send', method: 'POST', action: 'manual_approval' },
  { name: 'Model rate limit', hostPattern: 'api.openai.com', action: 'rate_limit', rateLimit: 60, rateLimitWindow: 'minute' },
  { name: 'No npm publish', hostPattern: 'registry.npmjs.org', method: 'PUT', action: 'block' },
  { name: 'Large charges', hostPattern: 'api.stripe.com', pathPattern: '/v1/charges', method: 'POST', action: 'manual_approval', conditions: [{ target: 'form', key: 'amount', operator: 'greater_than', value: '10000' }] },
];

const CALLS = [
  ['GET', 'https://api.github.com/repos/acme/site/issues?state=open'],
  ['GET', 'https://api.github.com/repos/acme/site/pulls'],
  ['GET', 'https://api.stripe.com/v1/customers?limit=10'],
  ['POST', 'https://api.openai.com/v1/chat/completions', '{"model":"gpt","messages":[]}'],
  ['POST', 'https://api.anthropic.com/v1/messages', '{"model":"claude","messages":[]}'],
  ['POST', 'https://slack.com/api/chat.postMessage', '{"channel":"#team","text":"done"}'],
  ['POST', 'https://api.linear.app/graphql', '{"query":"{ viewer { id } }"}'],
  ['DELETE', 'https://api.github.com/repos/acme/site'],
  ['PUT', 'https://registry.npmjs.org/acme'],
  ['GET', 'https://api.notion.com/missing/page'],
  ['GET', 'https://api.stripe.com/v1/balance?status=500'],
];

const HOLDS = [
  ['POST', 'https://api.stripe.com/v1/refunds', 'charge=ch_3MmlLrLkdIwHu7ix0snN0B15&amount=4200&reason=requested_by_customer', 'application/x-www-form-urlencoded'],
  ['POST', 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send', JSON.stringify({ raw: Buffer.from('To: ann@example.com\r\nSubject: Your invoice for March\r\n\r\nDear Ann,\r\nplease find it attached.\r\n').toString('base64url') }), 'application/json'],
  ['POST', 'https://api.stripe.com/v1/charges', 'amount=250000&currency=eur&customer=cus_123', 'application/x-www-form-urlencoded'],
];

/** `size` is `empty`, `typical` or `crowded`. Returns the created items and `end`, which closes the agents’ connections. */
export async function seed(server, size = 'typical') {
  const seeded = { agents: [], secrets: [], rules: [], programs: [], waiting: [] };
  seeded.end = () => seeded.programs.forEach((program) => program.close());
  if (size === 'empty') {
    return seeded;
  }
  const crowded = size === 'crowded';
  const names = ['Release notes', 'Support triage', 'Billing assistant', ...(crowded ? Array.from({ length: 57 }, (_, at) => `Worker ${at + 1} of the overnight fleet`) : [])];
  for (const name of names) {
    seeded.agents.push(await server.api('POST', '/v1/agents', { name, identifier: name.toLowerCase().replaceAll(' ', '-') }));
  }
  for (const secret of SECRETS) {
    seeded.secrets.push(await server.api('POST', '/v1/secrets', secret));
  }
  for (const rule of RULES) {
    seeded.rules.push(await server.api('POST', '/v1/rules', rule));
  }
  if (crowded) {
    for (let at = 0; at < 80; at += 1) {
      await server.api('POST', '/v1/secrets', { ...SECRETS[0], name: `Customer ${at + 1}: a key with quite a long name that has to fit`, hostPattern: `api-${at}.customers.example.com` });
      await server.api('POST', '/v1/rules', { name: `Customer ${at + 1} is read only`, hostPattern: `api-${at}.customers.example.com`, method: at % 2 ? 'POST' : 'DELETE', action: at % 3 ? 'block' : 'manual_approval', enabled: at % 5 !== 0 });
    }
  }
  const selective = seeded.agents[1];
  await server.api('PATCH', `/v1/agents/${selective.id}/secret-mode`, { mode: 'selective' });
  await server.api('PUT', `/v1/agents/${selective.id}/secrets`, { secretIds: seeded.secrets.slice(0, 3).map((secret) => secret.id) });
  for (const agent of seeded.agents.slice(0, 3)) {
    seeded.programs.push(await server.agent(agent.accessToken));
  }
  const times = crowded ? 3000 : 160;
  let next = 0;
  const work = async () => {
    while (next < times) {
      const at = next;
      next += 1;
      const [method, url, body] = CALLS[(at * 7 + Math.floor(at / 11)) % CALLS.length];
      await seeded.programs[at % seeded.programs.length].send(method, url, { body, headers: body ? { 'content-type': 'application/json' } : {} });
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  // Items that need attention: a rejected secret, and a placeholder sent to the wrong host.
  const [first] = seeded.programs;
  await first.send('POST', 'https://api.linear.app/graphql?status=401', { body: '{}' });
  await first.send('GET', 'https://api.github.com/user', { headers: { authorization: `Bearer ${seeded.secrets[0].placeholder}` } });
  const holds = crowded ? Array.from({ length: 12 }, (_, at) => HOLDS[at % HOLDS.length]) : HOLDS;
  seeded.waiting = holds.map(([method, url, body, type], at) =>
    seeded.programs[at % seeded.programs.length].send(method, url, { body, headers: { 'content-type': type } }).catch(() => undefined),
  );
  let held = [];
  while (held.length < holds.length) {
    held = (await server.api('GET', '/v1/approvals?limit=200')).filter((one) => one.state === 'pending');
  }
  return seeded;
}
