// The first run: from an empty data directory to the first request with an injected secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

test('from nothing to the first injected request', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const page = await open('/');
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByRole('link', { name: 'Add secret' }).click();
    await page.getByLabel('Service', { exact: true }).fill('strip');
    await page.getByRole('button', { name: /Stripe/ }).click();
    assert.equal(await page.getByLabel('Hosts', { exact: false }).first().inputValue(), 'api.stripe.com\nfiles.stripe.com');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByText('Enter a value').waitFor();
    const value = 'sk_live_a-secret-value';
    await page.getByPlaceholder('Paste the value').fill(value);
    await page.locator('mark').getByText('secret', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByRole('heading', { name: 'Stripe' }).waitFor();
    assert.ok(!(await page.content()).includes(value), 'the value came back');

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('Waiting for the first request…').waitFor();
    const agent = await program();
    const reply = await agent.send('GET', 'https://api.stripe.com/v1/customers');
    assert.equal(reply.status, 200);
    await page.getByText('with a secret that the agent never saw.').waitFor();
    assert.equal(server.upstream.seen[0].headers.authorization, `Bearer ${value}`);
    await page.getByRole('button', { name: 'Go to the overview' }).click();
    await page.getByRole('heading', { name: 'Requests over time' }).waitFor();
    assert.ok(!(await page.content()).includes(value), 'the value is in the page');
    agent.close();
  });
});

test('the link in the gateway’s error opens a prefilled form', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const agent = await program();
    const reply = await agent.send('GET', 'https://api.anthropic.com/v1/models?status=401');
    assert.equal(reply.status, 401);
    const link = new URL(JSON.parse(reply.text).secret_url);
    const page = await open(link.pathname + link.search);
    await page.getByRole('heading', { name: 'Add secret' }).waitFor();
    assert.equal(await page.getByLabel('Name', { exact: false }).first().inputValue(), 'Anthropic');
    assert.equal(await page.getByLabel('Hosts', { exact: false }).first().inputValue(), 'api.anthropic.com');
    await page.getByText('x-api-key:').waitFor();
    const value = 'sk-ant-api03-a-secret-value';
    await page.getByPlaceholder('Paste the value').fill(value);
    await page.getByLabel('Path', { exact: false }).first().fill('');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByRole('heading', { name: 'Anthropic' }).waitFor();
    await agent.send('GET', 'https://api.anthropic.com/v1/models');
    assert.equal(server.upstream.seen.at(-1).headers['x-api-key'], value);
    agent.close();
  });
});
