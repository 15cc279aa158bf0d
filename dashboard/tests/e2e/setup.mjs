// The setup of a test: a real server, agents and Chromium, with the browser’s errors collected.
import assert from 'node:assert/strict';

import { openBrowser } from '../../scripts/browser.mjs';
import { seed } from '../../scripts/seed.mjs';
import { startServer } from '../../scripts/server.mjs';

/** Runs a test with its own server and browser, and stops both afterwards. */
export async function withServer({ size = 'empty', args = [] } = {}, test) {
  const server = await startServer({ args });
  const browserErrors = [];
  let browser;
  let seeded;
  try {
    seeded = await seed(server, size);
    browser = await openBrowser();
    const context = {
      server,
      seeded,
      /** Opens a page, signed in unless `signedIn` is false. */
      open: async (path = '/', { signedIn = true, ...options } = {}) => {
        const browserContext = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
        const page = await browserContext.newPage();
        watch(page, browserErrors);
        if (signedIn) {
          await page.goto(await server.signInLink());
        }
        if (!signedIn || path !== '/') {
          await page.goto(server.url + path);
        }
        return page;
      },
      program: async (index = 0) => {
        const agents = await server.api('GET', '/v1/agents');
        return server.agent(agents[index].accessToken);
      },
    };
    await test(context);
    assert.deepEqual(browserErrors, [], 'the browser reported errors');
  } finally {
    await browser?.close();
    seeded?.end();
    await server.stop();
  }
}

/** Collects console errors, violations of the content security policy, and requests to other hosts. */
function watch(page, browserErrors) {
  page.on('console', (message) => {
    // Error responses are logged by the browser, but are not errors of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      browserErrors.push(message.text());
    }
  });
  page.on('pageerror', (error) => browserErrors.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['127.0.0.1', 'localhost'].includes(url.hostname) && url.protocol !== 'data:') {
      browserErrors.push(`a request to ${url.href}`);
    }
  });
}

/** Polls until a condition is true. */
export async function until(what, condition, timeoutMs = 10_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < end, `not within ${timeoutMs} ms: ${what}`);
    await new Promise((done) => setImmediate(done));
  }
}

/** Changes the JSON of matching responses, to show the page what a server may send. */
export async function changeResponses(page, url, change) {
  await page.route(url, async (route) => {
    if (route.request().method() !== 'GET') {
      await route.fallback();
      return;
    }
    const response = await route.fetch();
    await route.fulfill({ response, json: change(await response.json()) });
  });
}
