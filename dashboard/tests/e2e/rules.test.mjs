// Rules: created with conditions, left unchanged by the editor, disabled, enabled and deleted; the project’s policy mode.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeResponses, withServer } from './setup.mjs';

test('a rule is created, tested and disabled, and changing the policy mode shows its effect', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const agent = await program();
    const charge = (amount) => agent.send('POST', 'https://api.stripe.com/v1/charges', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ amount }) });
    assert.equal((await charge(5)).status, 200);
    assert.equal((await agent.send('GET', 'https://api.stripe.com/v1/charges')).status, 200);
    const page = await open('/rules/new');
    await page.getByText('Block', { exact: true }).click();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText(/Enter a host, such as/).waitFor();
    const host = page.getByRole('combobox', { name: 'Host' });
    await host.fill('stri');
    await page.getByRole('option', { name: /api\.stripe\.com/ }).click();
    await page.getByText('Matches 2 of 2 requests in the last 7 days.').waitFor();
    await page.getByText('2 verdicts would have changed').waitFor();
    await page.getByRole('combobox', { name: 'Path' }).fill('v1/charges');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText('A path starts with /').waitFor();
    await page.getByRole('combobox', { name: 'Path' }).fill('/v1/charges');
    await page.getByRole('button', { name: 'Add condition' }).click();
    const condition = page.getByRole('group', { name: 'Condition 1' });
    await condition.getByLabel('JSON Pointer').fill('/amount');
    await condition.getByRole('combobox', { name: 'Comparison' }).click();
    await page.getByRole('option', { name: 'is greater than' }).click();
    await condition.getByLabel('Value').fill('100');
    await page.getByText('Up to 1 more may match.').waitFor();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    const [rule] = await server.api('GET', '/v1/rules');
    assert.equal((await charge(500)).status, 403);
    assert.equal((await charge(50)).status, 200);

    const enabled = page.getByRole('switch', { name: `Enable ${rule.name}` });
    // A change is in force once the API has responded.
    const toggle = () => Promise.all([page.waitForResponse((one) => one.request().method() === 'PATCH'), enabled.press(' ')]);
    const isEnabled = async () => (await server.api('GET', `/v1/rules/${rule.id}`)).enabled;
    await toggle();
    assert.equal(await isEnabled(), false);
    assert.equal((await charge(500)).status, 200);
    await toggle();
    assert.equal(await isEnabled(), true);
    assert.equal((await charge(500)).status, 403);

    await page.getByRole('button', { name: 'Change default…' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByRole('button', { name: 'Change' }).isDisabled(), true);
    await dialog.getByRole('radio', { name: 'Deny by default' }).check();
    await dialog.getByText(/The verdict of \d+ of \d+ requests in the last 7 days would have changed/).waitFor();
    await dialog.getByRole('button', { name: 'Deny by default' }).click();
    await page.getByText('Deny by default: applies to the next request').waitFor();
    assert.equal((await agent.send('GET', 'https://api.github.com/user')).status, 403);
    await page.getByText('Only requests that match an allow, hold or rate limit rule are allowed.').waitFor();
    await page.getByRole('button', { name: 'Change default…' }).click();
    await dialog.getByRole('radio', { name: 'Allow by default' }).check();
    await dialog.getByRole('button', { name: 'Allow by default' }).click();
    await page.getByText('Allow by default: applies to the next request').waitFor();
    assert.equal((await agent.send('GET', 'https://api.github.com/user')).status, 200);

    await page.getByRole('button', { name: `More actions for ${rule.name}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('This rule stops applying').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('No rules yet').waitFor();
    assert.equal((await charge(500)).status, 200);
    agent.close();
  });
});

test('saving an unchanged rule changes none of its fields', async () => {
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
      await page.getByText('Rule saved; it applies to the next request').waitFor();
      assert.deepEqual(await server.api('GET', `/v1/rules/${id}`), before);
    }
  });
});

test('a rule may have several methods', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/rules/new');
    await page.getByRole('combobox', { name: 'Host' }).fill('api.github.com');
    const methods = page.getByRole('combobox', { name: 'Methods' }).or(page.getByRole('textbox', { name: 'Methods' })).first();
    await methods.click();
    await page.getByRole('option', { name: 'POST' }).click();
    await page.getByRole('option', { name: 'DELETE' }).click();
    await page.getByText('POST or DELETE').waitFor();
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.method() === 'POST' && one.url().endsWith('/v1/rules')),
      page.getByRole('button', { name: 'Create rule' }).click(),
    ]);
    const body = request.postDataJSON();
    assert.deepEqual(body.methods, ['POST', 'DELETE']);
    assert.ok(!('method' in body), 'a null method beside several would ask for all of them');

    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    const [{ id }] = await server.api('GET', '/v1/rules');
    await changeResponses(page, /\/v1\/rules\?/, (all) => all.map((rule) => ({ ...rule, method: null, methods: ['PUT', 'PATCH', 'DELETE'] })));
    await page.goto(`${server.url}/rules`);
    await page.getByText('Hold PUT, PATCH or DELETE api.github.com').waitFor();
    await page.goto(`${server.url}/rules/${id}`);
    await page.getByText('PUT, PATCH').waitFor();
    const [update] = await Promise.all([page.waitForRequest((one) => one.method() === 'PATCH'), page.getByRole('button', { name: 'Save' }).click()]);
    assert.deepEqual(update.postDataJSON().methods, ['PUT', 'PATCH', 'DELETE']);
  });
});

test('a project may ask by default', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/rules');
    await page.route(/\/policy-mode$/, (route) => route.fulfill({ json: { mode: 'ask' } }));
    await page.getByRole('button', { name: 'Change default…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Ask by default' }).check();
    await dialog.getByText('Requests that match no rule will be held for approval').waitFor();
    await changeResponses(page, /\/v1\/projects$/, (all) => all.map((project) => ({ ...project, policyMode: 'ask' })));
    const [request] = await Promise.all([page.waitForRequest((one) => one.method() === 'PUT'), dialog.getByRole('button', { name: 'Ask by default' }).click()]);
    assert.deepEqual(request.postDataJSON(), { mode: 'ask' });
    await page.getByText('Ask by default: applies to the next request').waitFor();
    await page.getByRole('link', { name: 'Ask by default' }).waitFor();
    await page.goto(`${server.url}/settings/project`);
    await page.getByText('Requests that match no rule are held until a person approves them.').waitFor();
  });
});
