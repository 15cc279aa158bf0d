// Rules: written with conditions, kept as they are by the editor, switched off and on, deleted; the mode of the project.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer, until } from './setup.mjs';

test('a rule is written, tried, switched off, and the mode shows its consequences', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const agent = await program();
    const charge = (amount) => agent.send('POST', 'https://api.stripe.com/v1/charges', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ amount }) });
    assert.equal((await charge(5)).status, 200);
    assert.equal((await agent.send('GET', 'https://api.stripe.com/v1/charges')).status, 200);
    const page = await open('/rules/new');
    await page.getByText('Block', { exact: true }).click();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText(/Which host\?/).waitFor();
    const host = page.getByRole('combobox', { name: 'Host' });
    await host.fill('stri');
    await page.getByRole('option', { name: /api\.stripe\.com/ }).click();
    await page.getByText('Matches 2 of the last 7 days’ 2 requests.').waitFor();
    await page.getByText('2 would have got another verdict').waitFor();
    await page.getByRole('combobox', { name: 'Path' }).fill('v1/charges');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText('A path begins with /').waitFor();
    await page.getByRole('combobox', { name: 'Path' }).fill('/v1/charges');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    const condition = page.getByRole('group', { name: 'Condition 1' });
    await condition.getByLabel('JSON Pointer').fill('/amount');
    await condition.getByRole('combobox', { name: 'Comparison' }).click();
    await page.getByRole('option', { name: 'is greater than' }).click();
    await condition.getByLabel('Value').fill('100');
    await page.getByText('1 more may match.').waitFor();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    const [rule] = await server.api('GET', '/v1/rules');
    assert.equal((await charge(500)).status, 403);
    assert.equal((await charge(50)).status, 200);

    const enabled = page.getByRole('switch', { name: `${rule.name} is enabled` });
    const isEnabled = async () => (await server.api('GET', `/v1/rules/${rule.id}`)).enabled;
    await enabled.press(' ');
    await until('it is off', async () => !(await isEnabled()));
    assert.equal((await charge(500)).status, 200);
    await enabled.press(' ');
    await until('it is on', isEnabled);
    assert.equal((await charge(500)).status, 403);

    await page.getByRole('button', { name: 'Deny by default…' }).click();
    await page.getByRole('dialog').getByText(/would have got another/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Deny by default' }).click();
    await page.getByText('Only what a rule allows goes through now.').waitFor();
    assert.equal((await agent.send('GET', 'https://api.github.com/user')).status, 403);
    await page.getByRole('button', { name: 'Allow by default…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Allow by default' }).click();
    await page.getByText('What no rule concerns goes through now.').waitFor();

    await page.getByRole('button', { name: `More for ${rule.name}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('From the next request on').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('No rules yet').waitFor();
    assert.equal((await charge(500)).status, 200);
    agent.close();
  });
});

test('the editor leaves every field of a rule as it was', async () => {
  await withServer({}, async ({ server, open }) => {
    const [agent] = await server.api('GET', '/v1/agents');
    const base = { hostPattern: '*.acme.test', pathPattern: '/A/*/b%3F', method: 'PATCH', agentId: agent.id, caseInsensitive: true, enabled: false };
    const conditions = [
      { target: 'query', key: 'dry_run', operator: 'not_equals', value: 'true' },
      { target: 'header', key: 'x-kind', operator: 'exists' },
      { target: 'body', operator: 'contains', value: 'drop table' },
      { target: 'body_json', key: '/a~1b/0', operator: 'less_than', value: '-1.5' },
      { target: 'form', key: 'amount', operator: 'greater_than', value: '10' },
      { target: 'graphql', key: 'operationType', operator: 'equals', value: 'mutation' },
      { target: 'jsonrpc', key: 'tool', operator: 'matches', value: '^delete_' },
    ];
    const rules = [
      { ...base, name: 'all conditions', action: 'block', conditions },
      { ...base, name: 'limit', action: 'rate_limit', rateLimit: 7, rateLimitWindow: 'day' },
      { ...base, name: 'hold', action: 'manual_approval', approvalTimeoutSeconds: 4242, pathPattern: '*' },
      { name: 'plain', action: 'allow', hostPattern: '*' },
    ];
    const page = await open('/rules');
    for (const rule of rules) {
      const { id } = await server.api('POST', '/v1/rules', rule);
      const before = await server.api('GET', `/v1/rules/${id}`);
      await page.goto(`${server.url}/rules/${id}`);
      await page.getByRole('heading', { name: 'Edit rule' }).waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. It holds from now on.').waitFor();
      assert.deepEqual(await server.api('GET', `/v1/rules/${id}`), before);
    }
  });
});
