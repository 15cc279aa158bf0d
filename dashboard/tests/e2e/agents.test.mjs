// The life cycle of an agent: created, connected, restricted to some secrets, renamed, suspended, given a new token, deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

const URL = 'https://api.github.com/user';

test('an agent is created, managed and deleted', async () => {
  await withServer({}, async ({ server, open }) => {
    const secret = { name: 'GitHub bot', type: 'generic', value: 'ghp_a-secret-value', hostPattern: 'api.github.com', injectionConfig: { headerName: 'authorization', valueFormat: 'Bearer {value}' } };
    await server.api('POST', '/v1/secrets', secret);
    const page = await open('/agents');
    const more = async (what) => {
      await page.getByRole('button', { name: 'More actions for this agent' }).click();
      await page.getByRole('menuitem', { name: what }).click();
    };
    const confirm = (label) => page.getByRole('dialog').getByRole('button', { name: label }).click();
    const known = async () => (await server.api('GET', '/v1/agents')).find((one) => one.identifier === 'release-notes');

    await page.getByRole('button', { name: 'Create agent' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('Enter a name').waitFor();
    await form.getByLabel('Name', { exact: true }).fill('Release Notes');
    assert.equal(await form.getByLabel('Identifier').inputValue(), 'release-notes');
    await form.getByLabel('Identifier').fill('default');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText(/default/).waitFor();
    await form.getByLabel('Identifier').fill('release-notes');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Release Notes' }).waitFor();
    await page.getByText('onecli run --agent release-notes -- claude').waitFor();
    const { accessToken } = await known();
    await page.getByText('Environment', { exact: true }).click();
    await page.getByText(accessToken).waitFor();

    const program = await server.agent(accessToken);
    assert.equal((await program.send('GET', URL)).status, 200);
    assert.equal(server.upstream.seen.at(-1).headers.authorization, `Bearer ${secret.value}`);
    await page.getByRole('link', { name: 'Secrets', exact: true }).last().click();
    await page.getByText('Only selected secrets').click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved; applies to the next request of Release Notes').waitFor();
    await program.send('GET', URL);
    assert.equal(server.upstream.seen.at(-1).headers.authorization, undefined);
    await page.getByLabel('GitHub bot').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved; applies to the next request of Release Notes').first().waitFor();
    await page.getByRole('button', { name: 'Save', disabled: true }).waitFor();
    await program.send('GET', URL);
    assert.equal(server.upstream.seen.at(-1).headers.authorization, `Bearer ${secret.value}`);

    await more('Rename');
    await page.getByRole('dialog').getByLabel('Name').fill('Ünïcode ノート');
    await confirm('Rename');
    await page.getByRole('heading', { name: 'Ünïcode ノート' }).waitFor();

    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByText('All its requests get 403').waitFor();
    await confirm('Suspend agent');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    assert.equal((await program.send('GET', URL)).status, 403);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
    assert.equal((await program.send('GET', URL)).status, 200);
    program.close();

    await more('Replace token');
    await confirm('Replace token');
    await page.getByText(/^Token of .* replaced$/).waitFor();
    const renewed = await known();
    assert.notEqual(renewed.accessToken, accessToken);
    await assert.rejects(async () => (await server.agent(accessToken)).send('GET', URL));
    const other = await server.agent(renewed.accessToken);
    assert.equal((await other.send('GET', URL)).status, 200);
    other.close();

    await more('Make default');
    await page.getByText(/is now the default agent$/).waitFor();
    assert.equal((await known()).isDefault, true);
    await page.getByRole('link', { name: 'Agents', exact: true }).first().click();
    await page.getByRole('link', { name: 'Default Agent' }).click();
    await page.getByRole('heading', { name: 'Default Agent' }).waitFor();
    await more('Delete');
    await page.getByRole('dialog').getByText('This can’t be undone.').waitFor();
    await confirm('Delete agent');
    await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
    assert.equal((await server.api('GET', '/v1/agents')).length, 1);
  });
});
