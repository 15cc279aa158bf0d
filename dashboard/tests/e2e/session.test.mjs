// Signing in and out, and a server that is stopped and restarted.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

test('a signed-out person sees instructions, and returns to the same page after signing in', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/settings/keys', { signedIn: false });
    await page.getByRole('heading', { name: 'Sign in to OneCLI' }).waitFor();
    await page.getByText('onecli open', { exact: true }).waitFor();
    await page.goto(await server.signInLink());
    await page.getByRole('heading', { name: 'Create API key' }).waitFor();

    await page.getByPlaceholder('CI').fill('Deploys');
    await page.getByRole('button', { name: 'Create key' }).click();
    const shown = await page.getByLabel('API key', { exact: true }).textContent();
    assert.match(shown, /oc_/);
    await page.reload();
    await page.getByText('Deploys').waitFor();
    assert.ok(!(await page.content()).includes(shown.trim()), 'the key is shown again');

    // The session ends in another tab: the next call gets 401.
    await page.evaluate(() => fetch('/v1/sign-out', { method: 'POST', headers: { 'x-csrf-token': '1' } }));
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByRole('heading', { name: 'Sign in to OneCLI' }).waitFor();
    await page.goto(await server.signInLink());
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
  });
});

test('an outage of the server is shown until it is reachable again', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/agents');
    await page.getByRole('link', { name: 'Default Agent' }).waitFor();
    await server.kill();
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByText('Data on this page may be out of date.', { exact: false }).waitFor({ timeout: 25_000 });
    await server.restart();
    await page.getByText('Data on this page may be out of date.', { exact: false }).waitFor({ state: 'hidden', timeout: 25_000 });
    await page.getByText('No rules yet').waitFor();
  });
});

test('a page whose chunk could not be loaded appears once the server is reachable again', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/agents');
    let away = true;
    await page.context().route(/assets.rules/, (route) => (away ? route.abort() : route.continue()));
    await page.reload();
    await page.getByRole('link', { name: 'Default Agent' }).waitFor();
    await server.kill();
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByText('Data on this page may be out of date.', { exact: false }).waitFor({ timeout: 25_000 });
    away = false;
    await server.restart();
    await page.getByText('No rules yet').waitFor();
  });
});
