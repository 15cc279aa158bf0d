// Secrets: by hand, changed, rotated with grace, deleted; what links bring along is text and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

test('a secret is added by hand, changed, rotated and deleted, and its values stay unseen', async () => {
  await withServer({}, async ({ server, open, program }) => {
    const agent = await program();
    const page = await open('/secrets/new');
    const field = (name) => page.getByRole('textbox', { name });
    await field('Name').fill('Billing <b>API</b>');
    await page.getByPlaceholder('Paste it here').fill('first-value-nobody-sees');
    await field('Host').fill('*');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.locator('.mantine-TextInput-error').waitFor();
    await field('Host').fill('api.linear.app');
    await page.getByText('Query', { exact: true }).click();
    await field('Parameter').fill('api_key');
    await page.getByRole('button', { name: 'Store secret' }).click();
    await page.getByRole('heading', { name: 'Billing <b>API</b>' }).waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x?api_key=mine&q=1');
    assert.match(server.upstream.seen.at(-1).path, /api_key=first-value-nobody-sees/);

    await page.getByText('Header', { exact: true }).click();
    await field('Header').fill('x-billing');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. It holds for the next request.').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.match(server.upstream.seen.at(-1).headers['x-billing'], /first-value-nobody-sees/);

    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByLabel('New value').fill('second-value-nobody-sees');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('the old value still helps out until').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.match(server.upstream.seen.at(-1).headers['x-billing'], /second-value-nobody-sees/);
    assert.doesNotMatch(await page.content(), /value-nobody-sees/);

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('can’t be brought back').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete secret' }).click();
    await page.getByText('No secrets yet').waitFor();
    await agent.send('GET', 'https://api.linear.app/v1/x');
    assert.equal(server.upstream.seen.at(-1).headers['x-billing'], undefined);
    agent.close();
  });
});

test('links fill the form in, as text and nothing else', async () => {
  await withServer({}, async ({ open }) => {
    const tricky = '"><img src=x onerror=alert(1)>';
    const query = new URLSearchParams({ host: 'api.acme.test', path: '/v1/*', header: 'x-acme', format: 'Token {value}', name: tricky });
    const page = await open(`/secrets/new?${query.toString()}`);
    for (const [name, value] of [['Name', tricky], ['Host', 'api.acme.test'], ['Path', '/v1/*'], ['Header', 'x-acme'], ['Format', 'Token {value}']]) {
      assert.equal(await page.getByRole('textbox', { name }).first().inputValue(), value);
    }
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await page.goto(`${new URL(page.url()).origin}/secrets/new?host=api.acme.test&param=key`);
    assert.equal(await page.getByRole('textbox', { name: 'Parameter' }).inputValue(), 'key');
  });
});
