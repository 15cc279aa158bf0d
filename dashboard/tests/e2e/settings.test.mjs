// Settings: API keys shown once, the CA certificate, key rotation, retention and the audit log.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

test('settings take effect', async () => {
  await withServer({ size: 'typical' }, async ({ server, open }) => {
    const page = await open('/settings/keys');
    await page.getByLabel('Name of the key').fill('CI');
    await page.getByRole('button', { name: 'Create key' }).click();
    const key = /oc_\w+/.exec(await page.getByLabel('API key', { exact: true }).or(page.getByText(/^oc_\w{20,}$/)).first().innerText())[0];
    const ask = () => fetch(`${server.url}/v1/user`, { headers: { authorization: `Bearer ${key}` } });
    assert.equal((await ask()).status, 200);
    await page.reload();
    await page.getByRole('button', { name: 'Delete API key CI' }).waitFor();
    assert.ok(!(await page.content()).includes(key), 'the key is shown again');
    await page.getByRole('button', { name: 'Delete API key CI' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete key' }).click();
    await page.getByText('API key deleted').waitFor();
    assert.equal((await ask()).status, 401);

    await page.goto(`${server.url}/settings/gateway`);
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download onecli-ca.pem' }).click()]);
    assert.equal(readFileSync(await file.path(), 'utf8').trim(), (await server.authority()).trim());

    await page.goto(`${server.url}/settings/encryption`);
    await page.getByRole('button', { name: 'Rotate key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate key' }).click();
    await page.getByText('Key 2').waitFor();
    await page.getByText('All values use the current key').waitFor();

    await page.goto(`${server.url}/settings/retention`);
    await page.getByLabel('Keep activity for (days)').fill('30');
    await page.getByLabel('Size of all activity (MiB)').fill('500');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByText('Activity older than 30 days and the oldest activity beyond 500 MiB').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save and delete' }).click();
    await page.getByText('Retention saved', { exact: true }).waitFor();
    const { activityDays, activityMaxBytes } = await server.api('GET', '/v1/settings');
    assert.deepEqual({ activityDays, activityMaxBytes }, { activityDays: 30, activityMaxBytes: 500 * 1024 * 1024 });

    await page.goto(`${server.url}/settings/project`);
    await page.getByLabel('Project name').fill('Acme');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('banner').or(page.getByRole('region', { name: 'Project, search and approvals' })).first().getByText('Acme').waitFor();

    await page.goto(`${server.url}/settings/audit`);
    await page.getByText(/^Intact: /).waitFor();
    await page.getByRole('button', { name: 'Details' }).first().click();
    await page.getByText('name: Default → Acme').or(page.getByText(/Default.*→.*Acme/)).first().waitFor();
  });
});

test('filtered activity is exported, and an agent is suspended from one of its requests', async () => {
  await withServer({ size: 'typical' }, async ({ server, open, seeded }) => {
    const page = await open('/activity?host=api.notion.com');
    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'JSON Lines' }).click()]);
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 0 && lines.every((line) => line.host === 'api.notion.com'));
    await page.getByRole('list', { name: 'Requests, newest first' }).getByRole('button').first().click();
    const panel = page.getByRole('dialog').first();
    await panel.getByRole('button', { name: 'Suspend agent' }).click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'Suspend agent', exact: true }).click();
    await page.getByText(/ suspended$/).waitFor();
    assert.ok((await server.api('GET', '/v1/agents')).some((agent) => agent.suspended));
    assert.ok(seeded.agents.length > 0);
  });
});
