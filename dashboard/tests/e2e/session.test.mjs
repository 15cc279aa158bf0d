// Signing in and out, and a server that goes away and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

test('who is signed out is told how to get in, and comes back to where they were', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/settings/keys', { signedIn: false });
    await page.getByRole('heading', { name: 'Sign in to OneCLI' }).waitFor();
    await page.getByText('onecli open', { exact: true }).waitFor();
    await page.goto(await server.signInLink());
    await page.getByRole('heading', { name: 'Make an API key' }).waitFor();

    await page.getByPlaceholder('CI').fill('Deploys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const shown = await page.getByLabel('API key', { exact: true }).textContent();
    assert.match(shown, /oc_/);
    await page.reload();
    await page.getByText('Deploys').waitFor();
    assert.ok(!(await page.content()).includes(shown.trim()), 'the key came back');

    // The session ends elsewhere: the next call finds it gone.
    await page.evaluate(() => fetch('/v1/sign-out', { method: 'POST', headers: { 'x-csrf-token': '1' } }));
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByRole('heading', { name: 'Sign in to OneCLI' }).waitFor();
    await page.goto(await server.signInLink());
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
  });
});

test('a server that is gone is said so, and is found again', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/agents');
    await page.getByRole('link', { name: 'Default Agent' }).waitFor();
    await server.kill();
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByText('What you see may be old.', { exact: false }).waitFor({ timeout: 25_000 });
    await server.restart();
    await page.getByText('What you see may be old.', { exact: false }).waitFor({ state: 'hidden', timeout: 25_000 });
    await page.getByText('No rules yet').waitFor();
  });
});

test('a page whose file could not be had comes once there is a server again', async () => {
  await withServer({}, async ({ server, open }) => {
    const page = await open('/agents');
    let away = true;
    await page.context().route(/assets.rules/, (route) => (away ? route.abort() : route.continue()));
    await page.reload();
    await page.getByRole('link', { name: 'Default Agent' }).waitFor();
    await server.kill();
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByText('What you see may be old.', { exact: false }).waitFor({ timeout: 25_000 });
    away = false;
    await server.restart();
    await page.getByText('No rules yet').waitFor();
  });
});
