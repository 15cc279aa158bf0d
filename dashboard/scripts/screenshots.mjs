// Takes screenshots of every page: node scripts/screenshots.mjs FOLDER [empty|typical|crowded] [ROUTE…]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { openBrowser } from './browser.mjs';
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';

const [folder = 'screenshots', size = 'typical', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await startServer();
const seeded = await seed(server, size);
const first = (list) => list[0]?.id;
const routes = [
  ['overview', '/'],
  ['activity', '/activity'],
  ['approvals', '/approvals'],
  ['approvals-history', '/approvals/history'],
  ['approvals-grants', '/approvals/grants'],
  ['agents', '/agents'],
  ['agents-new', '/agents/new'],
  ['agent', first(seeded.agents) && `/agents/${first(seeded.agents)}`],
  ['secrets', '/secrets'],
  ['secrets-new', '/secrets/new'],
  ['secret', first(seeded.secrets) && `/secrets/${first(seeded.secrets)}`],
  ['rules', '/rules'],
  ['rules-new', '/rules/new'],
  ['rules-test', '/rules/test'],
  ['rule', first(seeded.rules) && `/rules/${first(seeded.rules)}`],
  ...['project', 'keys', 'gateway', 'encryption', 'retention', 'audit', 'appearance', 'about'].map((name) => [`settings-${name}`, `/settings/${name}`]),
].filter(([name, path]) => path && (wanted.length === 0 || wanted.includes(name)));
const browser = await openBrowser();
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [390, 1440]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: width < 500 ? 844 : 900 }, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(await server.signInLink());
      for (const [name, path] of routes) {
        await page.goto(server.url + path);
        await page.waitForSelector('h1');
        await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null).catch(() => undefined);
        await page.waitForTimeout(250);
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}-${width}.png`) });
      }
      await context.close();
    }
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector('h1');
  await page.screenshot({ path: join(folder, 'signed-out.png') });
} finally {
  await browser.close();
  seeded.end();
  await server.stop();
}
