// Activity as it happens, what is behind a record, and a rule made of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer, until } from './setup.mjs';

test('requests appear as they happen, can be looked into, and become a rule', async () => {
  await withServer({ size: 'typical' }, async ({ open, made }) => {
    const page = await open('/activity');
    const list = page.getByRole('list', { name: 'Requests, newest first' });
    await page.getByText('Live', { exact: true }).waitFor();
    const [agent] = made.programs;
    await agent.send('GET', 'https://api.notion.com/v1/brand-new-page');
    const row = list.getByRole('button', { name: /brand-new-page/ });
    await row.waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await agent.send('GET', 'https://api.notion.com/v1/while-paused');
    await page.getByText('Paused, 1 new request').waitFor();
    assert.equal(await list.getByRole('button', { name: /while-paused/ }).count(), 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await list.getByRole('button', { name: /while-paused/ }).waitFor();

    await page.getByPlaceholder('Search hosts and paths').fill('brand-new');
    await page.waitForURL(/q=brand-new/);
    await until('one row is left', async () => (await list.getByRole('button').count()) === 1);
    await row.click();
    const panel = page.getByRole('dialog');
    await panel.getByText('Where the time went').waitFor();
    await panel.getByText('Upstream').waitFor();
    await panel.getByRole('link', { name: 'Make a rule from this' }).click();
    await page.getByRole('heading', { name: 'Write a rule' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Host' }).or(page.getByRole('combobox', { name: 'Host' })).first().inputValue(), 'api.notion.com');
    await page.getByText(/would have got another verdict/).waitFor();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    assert.equal((await agent.send('GET', 'https://api.notion.com/v1/brand-new-page')).status, 403);

    await page.getByRole('link', { name: 'Test a request' }).click();
    await page.getByLabel('URL').fill('https://api.github.com/repos/acme/site');
    await page.getByRole('combobox', { name: 'Method' }).or(page.getByRole('textbox', { name: 'Method' })).first().click();
    await page.getByRole('option', { name: 'DELETE' }).click();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('No repository is deleted').waitFor();
    await page.getByLabel('Verdict').getByText('Blocked').waitFor();
  });
});
