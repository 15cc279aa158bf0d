// Secrets: created, edited, rotated with a grace period and deleted; prefilled from links, as plain text only.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeResponses, withServer } from './setup.mjs';

test('a secret is created, edited, rotated and deleted, and its values are never shown', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const agent = await program();
    const page = await open('/secrets/new');
    const field = (name) => page.getByRole('textbox', { name });
    await field('Name').fill('Billing <b>API</b>');
    await page.getByPlaceholder('Paste the value').fill('first-secret-value');
    await field('Hosts').fill('*');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByText(/can’t be used for all hosts/).waitFor();
    await field('Hosts').fill('api.linear.app');
    await page.getByText('Query', { exact: true }).click();
    await field('Parameter').fill('api_key');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByRole('heading', { name: 'Billing <b>API</b>' }).waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x?api_key=mine&q=1');
    assert.match(server.upstream.seen.at(-1).path, /api_key=first-secret-value/);

    await page.getByText('Header', { exact: true }).click();
    await field('Header').fill('x-billing');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved; applies to the next request').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.match(server.upstream.seen.at(-1).headers['x-billing'], /first-secret-value/);

    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByLabel('New value').fill('second-secret-value');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('previous value kept as fallback until').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.match(server.upstream.seen.at(-1).headers['x-billing'], /second-secret-value/);
    assert.doesNotMatch(await page.content(), /secret-value/);

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('This can’t be undone.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete secret' }).click();
    await page.getByText('No secrets yet').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.equal(server.upstream.seen.at(-1).headers['x-billing'], undefined);
    agent.close();
  });
});

test('links prefill the form, as plain text only', async () => {
  await withServer({}, async ({ open }) => {
    const tricky = '"><img src=x onerror=alert(1)>';
    const query = new URLSearchParams({ host: 'api.acme.test', path: '/v1/*', header: 'x-acme', format: 'Token {value}', name: tricky });
    const page = await open(`/secrets/new?${query.toString()}`);
    for (const [name, value] of [['Name', tricky], ['Hosts', 'api.acme.test'], ['Path', '/v1/*'], ['Header', 'x-acme'], ['Format', 'Token {value}']]) {
      assert.equal(await page.getByRole('textbox', { name }).first().inputValue(), value);
    }
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await page.goto(`${new URL(page.url()).origin}/secrets/new?host=api.acme.test&param=key`);
    assert.equal(await page.getByRole('textbox', { name: 'Parameter' }).inputValue(), 'key');
  });
});

test('a secret may have several hosts', async () => {
  await withServer({}, async ({ server, open }) => {
    const hostPatterns = ['api.github.com', 'github.com', 'uploads.github.com', '*.githubusercontent.com'];
    const page = await open('/');
    await changeResponses(page, /\/v1\/services$/, (all) => all.map((one) => (one.name === 'GitHub' ? { ...one, hostPatterns } : one)));
    await page.goto(`${server.url}/secrets/new?host=github.com`);
    const hosts = page.getByRole('textbox', { name: 'Hosts' });
    assert.equal(await hosts.inputValue(), hostPatterns.join('\n'), 'a link with one host is completed from the service');
    await page.goto(`${server.url}/secrets/new`);
    await page.getByLabel('Service', { exact: true }).fill('uploads.github');
    await page.getByRole('button', { name: /GitHub/ }).click();
    assert.equal(await hosts.inputValue(), hostPatterns.join('\n'));
    await hosts.fill('api.github.com\nhttps://github.com/');
    await page.getByPlaceholder('Paste the value').fill('ghp_0123456789abcdefghijklmnopqrstuvwxyz');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByText(/“https:\/\/github.com\/” is not a host/).waitFor();
    await hosts.fill('api.github.com, github.com');
    await page.getByText('Used only for requests to api.github.com and github.com').waitFor();
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.method() === 'POST' && one.url().endsWith('/v1/secrets')),
      page.getByRole('button', { name: 'Store secret' }).click(),
    ]);
    assert.deepEqual(request.postDataJSON().hostPatterns, ['api.github.com', 'github.com']);
    assert.equal(request.postDataJSON().hostPattern, 'api.github.com');
    await page.getByRole('heading', { name: 'GitHub' }).waitFor();

    await changeResponses(page, /\/v1\/secrets\?/, (all) => all.map((secret) => ({ ...secret, hostPatterns })));
    await page.goto(`${server.url}/secrets`);
    await page.getByText('api.github.com, github.com and 2 more').waitFor();
    await page.getByRole('link', { name: 'GitHub' }).click();
    await page.getByRole('link', { name: 'Requests to uploads.github.com' }).waitFor();
    assert.equal(await hosts.inputValue(), hostPatterns.join('\n'));
  });
});
