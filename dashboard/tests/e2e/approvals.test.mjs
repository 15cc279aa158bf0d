// Approvals: real held requests, decided in the dashboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeResponses, until, withServer } from './setup.mjs';

const URL = 'https://api.stripe.com/v1/refunds';

test('held requests are approved, denied and granted, and two browsers stay in sync', async () => {
  await withServer({}, async ({ server, open, program }) => {
    await server.api('POST', '/v1/rules', { name: 'Refunds need a person', hostPattern: 'api.stripe.com', pathPattern: '/v1/refunds', action: 'manual_approval' });
    const agent = await program();
    const ask = (amount) => agent.send('POST', URL, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `charge=ch_1&amount=${amount}` });
    const one = await open('/approvals');
    const other = await open('/approvals');
    await one.getByText('No pending requests').waitFor();

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
      await page.getByText('No pending requests').waitFor();
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
    await one.getByRole('button', { name: 'Approve with grant…' }).click();
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

test('a request that no rule matched is shown with all of its fields and its body', async () => {
  await withServer({}, async ({ server, open, program }) => {
    await server.api('POST', '/v1/rules', { name: 'Refunds', hostPattern: 'api.stripe.com', pathPattern: '/v1/refunds', action: 'manual_approval' });
    const agent = await program();
    const page = await open('/approvals');
    const details = Array.from({ length: 30 }, (_, at) => ({ label: `Field ${at + 1}`, value: at === 0 ? 'long line\n'.repeat(200) : `value ${at + 1}` }));
    await changeResponses(page, /\/v1\/approvals\?/, (all) => all.map((held) => ({ ...held, rule: null, summary: { action: 'Refund money', details } })));
    const response = agent.send('POST', URL, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'charge=ch_1&amount=77' });
    const card = page.getByRole('article', { name: /Refund money/ });
    await card.getByRole('link', { name: 'the project asks by default' }).waitFor();
    await card.getByText('value 10', { exact: true }).waitFor();
    assert.equal(await card.getByText('value 30', { exact: true }).count(), 0);
    assert.ok((await card.boundingBox()).height < 860, 'a long value makes the card taller than the window');
    await card.getByRole('button', { name: 'Show 20 more fields' }).click();
    await card.getByText('value 30', { exact: true }).waitFor();
    await card.getByText('charge=ch_1&amount=77').waitFor();
    await card.getByRole('button', { name: 'Approve', exact: true }).click();
    assert.equal((await response).status, 200);
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByText('value 30', { exact: true }).waitFor();
    await page.getByText('no rule matched').waitFor();
    agent.close();
  });
});
