// Every page, in both colour schemes and on a phone: no accessibility violations and no horizontal scrolling.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { withServer } from './setup.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test('no page has accessibility violations or is wider than a phone', async () => {
  await withServer({ size: 'typical' }, async ({ open, seeded, server }) => {
    const records = await server.api('GET', '/v1/activity?limit=1');
    const paths = [
      '/', '/activity', `/activity/${records[0].id}`, '/approvals', '/approvals/history', '/approvals/grants',
      '/agents', '/agents/new', ...['', '/secrets', '/rules', '/activity', '/grants'].map((tab) => `/agents/${seeded.agents[1].id}${tab}`),
      '/secrets', '/secrets/new', `/secrets/${seeded.secrets[0].id}`, '/rules', '/rules/new', '/rules/test', `/rules/${seeded.rules[5].id}`,
      ...['project', 'keys', 'gateway', 'encryption', 'retention', 'audit', 'appearance', 'about'].map((name) => `/settings/${name}`), '/nowhere',
    ];
    const found = [];
    for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 360]]) {
      const page = await open('/', { colorScheme, viewport: { width, height: 800 } });
      for (const path of paths) {
        await page.goto(server.url + path);
        await page.waitForSelector('h1');
        await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
        if (width === 360) {
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (over > 0) {
            found.push(`${path} is ${over} px wider than a phone`);
          }
          continue;
        }
        // Evaluated through the debugger, to which the page’s content security policy doesn’t apply.
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        found.push(...violations.map((one) => `${colorScheme} ${path}: ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`));
      }
      await page.context().close();
    }
    assert.equal(found.join('\n'), '');
  });
});

test('keyboard shortcuts open pages, and the palette finds items by name', async () => {
  await withServer({ size: 'typical' }, async ({ open }) => {
    const page = await open('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Search pages, agents, secrets, rules and actions').fill('billing');
    await page.getByText('Billing assistant').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Billing assistant' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Approve the selected request').waitFor();
  });
});
