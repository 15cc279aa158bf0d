// Holds, answered from the page while real requests wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer, until } from './setup.mjs';

const URL = 'https://api.stripe.com/v1/refunds';

test('held requests are approved, denied and granted, and two browsers stay in step', async () => {
  await withServer({}, async ({ server, open, program }) => {
    await server.api('POST', '/v1/rules', { name: 'Refunds need a person', hostPattern: 'api.stripe.com', pathPattern: '/v1/refunds', action: 'manual_approval' });
    const agent = await program();
    const ask = (amount) => agent.send('POST', URL, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `charge=ch_1&amount=${amount}` });
    const one = await open('/approvals');
    const other = await open('/approvals');
    await one.getByText('Nothing waits for you').waitFor();

    const approved = ask(4200);
    for (const page of [one, other]) {
      await page.getByRole('heading', { name: 'Refund money' }).waitFor();
      await page.getByText('4200').waitFor();
      await until('the title counts', async () => (await page.title()).startsWith('(1) '));
    }
    assert.equal(server.upstream.seen.length, 0);
    await one.keyboard.press('e');
    await one.getByText('SHA-256').waitFor();
    await one.keyboard.press('a');
    assert.equal((await approved).status, 200);
    assert.equal(server.upstream.seen[0].body, 'charge=ch_1&amount=4200');
    for (const page of [one, other]) {
      await page.getByText('Nothing waits for you').waitFor();
    }

    const denied = ask(1);
    await other.getByRole('heading', { name: 'Refund money' }).waitFor();
    await other.keyboard.press('d');
    await other.getByLabel('Reason').fill('Too small to bother');
    await other.getByRole('dialog').getByRole('button', { name: 'Deny' }).click();
    const reply = await denied;
    assert.equal(reply.status, 403);
    assert.match(reply.text, /Too small to bother/);

    const granted = ask(2);
    await one.getByRole('button', { name: 'For a while…' }).click();
    await one.getByRole('dialog').getByText('Requests', { exact: true }).click();
    await one.getByLabel('Further requests').fill('5');
    await one.getByRole('button', { name: 'Approve and grant' }).click();
    assert.equal((await granted).status, 200);
    assert.equal((await ask(3)).status, 200);
    await other.getByRole('link', { name: /Grants/ }).click();
    await other.getByText('4 requests left').waitFor();
    await other.getByRole('button', { name: /Revoke the grant/ }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await other.getByText('No grants').waitFor();
    await one.getByRole('link', { name: 'History' }).click();
    await one.getByText('Too small to bother').waitFor();
    agent.close();
  });
});
