// Measures the dashboard’s performance: node scripts/measure.mjs [REQUESTS]. For information only; no test depends on it.
import { openBrowser } from './browser.mjs';
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';

const requests = Number(process.argv[2] ?? 100_000);
const server = await startServer();
const seeded = await seed(server, 'crowded');
const browser = await openBrowser();
const print = (what, value) => console.log(`${what.padEnd(44)} ${value}`);
try {
  let left = requests;
  await Promise.all(
    Array.from({ length: 16 }, async (_, at) => {
      while (left-- > 0) {
        await seeded.programs[at % seeded.programs.length].send('GET', `https://api.notion.com/v1/pages/${left}`);
      }
    }),
  );
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(await server.signInLink());
  await page.getByRole('heading', { level: 1 }).waitFor();

  for (const path of ['/v1/stats', '/v1/counts', '/v1/attention', '/v1/activity?limit=200', '/v1/activity?q=brand', '/v1/activity/suggestions?field=path']) {
    const started = performance.now();
    await server.api('GET', path);
    print(`GET ${path}`, `${Math.round(performance.now() - started)} ms`);
  }
  for (const path of ['/', '/activity', '/secrets']) {
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      const started = performance.now();
      await page.goto(server.url + path, { waitUntil: 'commit' });
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
      times.push(performance.now() - started);
    }
    print(`first load of ${path}, worst of 5`, `${Math.round(Math.max(...times))} ms`);
  }

  // From the click to the first frame that shows the other page’s heading.
  await page.evaluate(() => {
    window.switchTo = (href) =>
      new Promise((done) => {
        const started = performance.now();
        const before = document.querySelector('h1')?.textContent;
        const look = () => {
          const heading = document.querySelector('h1');
          const there = location.pathname === href && heading !== null && heading.textContent !== before;
          if (there) {
            requestAnimationFrame(() => done(performance.now() - started));
          } else {
            requestAnimationFrame(look);
          }
        };
        document.querySelector(`nav a[href="${href}"]`).click();
        requestAnimationFrame(look);
      });
  });
  const pages = ['/activity', '/agents', '/rules', '/approvals', '/secrets', '/'];
  for (const round of ['first', 'second']) {
    for (const path of pages) {
      const took = await page.evaluate((href) => window.switchTo(href), path);
      print(`switch to ${path}, ${round} time`, `${Math.round(took)} ms`);
    }
  }

  await page.goto(`${server.url}/activity`);
  const list = page.getByRole('list', { name: 'Requests, newest first' });
  await list.getByRole('button').first().waitFor();
  const started = performance.now();
  const loaded = await list.evaluate(async (box, wanted) => {
    while (box.scrollHeight / 40 < wanted) {
      const before = box.scrollHeight;
      box.scrollTop = box.scrollHeight;
      const end = performance.now() + 10_000;
      while (box.scrollHeight === before && performance.now() < end) {
        await new Promise(requestAnimationFrame);
      }
      if (box.scrollHeight === before) {
        break;
      }
    }
    return Math.round(box.scrollHeight / 40);
  }, requests);
  print(`scrolled to row ${loaded}`, `${Math.round(performance.now() - started)} ms`);
  const frames = await list.evaluate(async (box) => {
    const times = [];
    let last = performance.now();
    for (let step = 0; step < 240; step += 1) {
      box.scrollTop = (box.scrollHeight * ((step * 37) % 240)) / 240;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return times.sort((one, other) => one - other);
  });
  print('frame while jumping about, median', `${frames[120].toFixed(1)} ms`);
  print('frame while jumping about, 99 %', `${frames[237].toFixed(1)} ms`);
  await list.evaluate((box) => {
    box.scrollTop = 0;
    window.longest = 0;
    new PerformanceObserver((all) => all.getEntries().forEach((one) => (window.longest = Math.max(window.longest, one.duration)))).observe({ type: 'longtask' });
  });
  await Promise.all(seeded.programs.map(async (program) => {
    for (let at = 0; at < 300; at += 1) {
      await program.send('GET', 'https://api.notion.com/v1/live');
    }
  }));
  print('longest task while 900 requests come live', `${await page.evaluate(() => Math.round(window.longest))} ms`);
  const memory = await page.evaluate(() => Math.round((performance.memory?.usedJSHeapSize ?? 0) / 1e6));
  print('memory of the page', `${memory} MB`);
} finally {
  await browser.close();
  seeded.end();
  await server.stop();
}
