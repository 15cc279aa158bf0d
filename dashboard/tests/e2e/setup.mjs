// The world of a test: a real server, agents and Chromium, and a watch on what a browser complains about.
import assert from 'node:assert/strict';

import { openBrowser } from '../../scripts/browser.mjs';
import { seed } from '../../scripts/seed.mjs';
import { startServer } from '../../scripts/server.mjs';

/** Runs a test in a world of its own, and ends it whatever comes of it. */
export async function withServer({ size = 'empty', args = [] } = {}, test) {
  const server = await startServer({ args });
  const browserErrors = [];
  let browser;
  let made;
  try {
    made = await seed(server, size);
    browser = await openBrowser();
    const world = {
      server,
      made,
      /** A page of a browser that is signed in, or with `signedIn: false` is not. */
      open: async (path = '/', { signedIn = true, ...options } = {}) => {
        const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
        const page = await context.newPage();
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
    await test(world);
    assert.deepEqual(browserErrors, [], 'the browser complained');
  } finally {
    await browser?.close();
    made?.end();
    await server.stop();
  }
}

/** Violations of the policy, errors on the console, and requests to anywhere else. */
function watch(page, browserErrors) {
  page.on('console', (message) => {
    // What the browser says of an answer with an error status is no error of the page.
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

/** Waits until something holds, asking as often as it can. */
export async function until(what, holds, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await holds();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < end, `not within ${patience} ms: ${what}`);
    await new Promise((done) => setImmediate(done));
  }
}
