// The activity page: live records, details of a record, and a rule created from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeResponses, until, withServer } from './setup.mjs';

test('requests appear live, show their details, and can be turned into a rule', async () => {
  await withServer({ size: 'typical' }, async ({ open, seeded }) => {
    const page = await open('/activity');
    const list = page.getByRole('list', { name: 'Requests, newest first' });
    await page.getByText('Live', { exact: true }).waitFor();
    const [agent] = seeded.programs;
    await agent.send('GET', 'https://api.notion.com/v1/brand-new-page');
    const row = list.getByRole('button', { name: /brand-new-page/ });
    await row.waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await agent.send('GET', 'https://api.notion.com/v1/while-paused');
    await page.getByText('Paused, 1 new request').waitFor();
    assert.equal(await list.getByRole('button', { name: /while-paused/ }).count(), 0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await list.getByRole('button', { name: /while-paused/ }).waitFor();

    await page.getByPlaceholder('Search hosts and paths').fill('brand-new');
    await page.waitForURL(/q=brand-new/);
    await until('one row is left', async () => (await list.getByRole('button').count()) === 1);
    await row.click();
    const panel = page.getByRole('dialog');
    await panel.getByText('Timing').waitFor();
    await panel.getByText('Upstream').waitFor();
    await panel.getByRole('link', { name: 'Create a rule from this request' }).click();
    await page.getByRole('heading', { name: 'Create rule' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Host' }).or(page.getByRole('combobox', { name: 'Host' })).first().inputValue(), 'api.notion.com');
    await page.getByText(/verdicts? would have changed/).waitFor();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    assert.equal((await agent.send('GET', 'https://api.notion.com/v1/brand-new-page')).status, 403);

    await page.getByRole('link', { name: 'Test a request' }).click();
    await page.getByLabel('URL').fill('https://api.github.com/repos/acme/site');
    await page.getByRole('combobox', { name: 'Method' }).or(page.getByRole('textbox', { name: 'Method' })).first().click();
    await page.getByRole('option', { name: 'DELETE' }).click();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Repositories can’t be deleted').waitFor();
    await page.getByLabel('Verdict').getByText('Blocked').waitFor();
  });
});

test('codes are explained, and unknown ones are shown by name', async () => {
  await withServer({ size: 'typical' }, async ({ open, seeded, server }) => {
    const [agent] = seeded.programs;
    await agent.send('GET', 'https://api.notion.com/v1/some-page');
    const [record] = await server.api('GET', '/v1/activity?q=some-page');
    const page = await open('/');
    const shows = async (change, texts) => {
      await page.unrouteAll();
      await changeResponses(page, new RegExp(`/v1/activity/${record.id}$`), (one) => ({ ...one, ...change }));
      await page.goto(`${server.url}/activity/${record.id}`);
      for (const text of texts) {
        await page.getByRole('dialog').getByText(text, { exact: true }).first().waitFor();
      }
    };
    await shows({ status: 431, verdict: 'refuse', error: 'headers_too_large' }, ['Refused', 'Headers too large', 'headers_too_large']);
    await shows({ status: 0, error: 'cancelled' }, ['Cancelled', 'Cancelled by the agent', 'No response']);
    await shows({ verdict: 'shadow_block', error: 'brand_new_code', alarm: 'odd_traffic' }, ['Shadow block', 'Brand new code', 'brand_new_code', 'Alarm: Odd traffic']);
    await shows({ verdict: 'hold', rules: [] }, ['Held', 'No rule matched, and the project asks by default.']);
  });
});
