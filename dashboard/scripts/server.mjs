// Starts a real server with its own data directory and a real upstream, for development, screenshots and tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { agentOf, makeCertificates, startUpstream } from './peers.mjs';

/** Hosts that resolve to the upstream. */
export const HOSTS = [
  'api.stripe.com',
  'api.github.com',
  'api.openai.com',
  'api.anthropic.com',
  'slack.com',
  'gmail.googleapis.com',
  'api.linear.app',
  'api.notion.com',
  'api.sendgrid.com',
  'registry.npmjs.org',
];

/** Starts a server. `binary` is the executable under test. */
export async function startServer({ binary = process.env.ONECLI_BIN ?? '../target/debug/onecli', args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'onecli-'));
  const certificates = makeCertificates(folder, HOSTS);
  const upstream = await startUpstream(certificates);
  const data = join(folder, 'data');
  const server = { folder, data, upstream, url: '', gatewayPort: 0, key: '', process: undefined };

  async function run(ports = ['--port', '0', '--gateway-port', '0']) {
    const child = spawn(
      binary,
      ['start', '--data-dir', data, ...ports, '--upstream-ca', certificates.ca, ...HOSTS.flatMap((host) => ['--connect-to', `${host}:443:127.0.0.1:${upstream.port}`]), ...args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: folder } },
    );
    server.process = child;
    let output = '';
    await new Promise((done, fail) => {
      const look = (chunk) => {
        output += chunk;
        const api = /https?:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(output);
        const gateway = /gateway[^\n]*?:(\d{4,5})/i.exec(output);
        if (api !== null && gateway !== null && /sign-in\?token=/.test(output)) {
          server.url = `http://127.0.0.1:${api[1]}`;
          server.gatewayPort = Number(gateway[1]);
          done();
        }
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('exit', (code) => fail(new Error(`the server exited with ${code}: ${output}`)));
      child.once('error', fail);
    });
    child.removeAllListeners('exit');
    server.key = /oc_\w+/.exec(readFileSync(join(data, 'credentials'), 'utf8'))[0];
  }
  await run();

  server.api = async (method, path, body) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === '' ? null : JSON.parse(text);
  };
  /** A single-use sign-in link on the server’s own address. */
  server.signInLink = async () => {
    const { url } = await server.api('POST', '/v1/sign-in-links');
    return server.url + new URL(url).pathname + new URL(url).search;
  };
  server.authority = async () => (await fetch(`${server.url}/v1/gateway/ca`, { headers: { authorization: `Bearer ${server.key}` } })).text();
  server.agent = async (token) => agentOf({ gatewayPort: server.gatewayPort, token, ca: await server.authority() });
  server.kill = () =>
    new Promise((done) => {
      server.process.once('exit', done);
      server.process.kill('SIGKILL');
    });
  /** Restarts the server on the same ports. */
  server.restart = () => run(['--port', new URL(server.url).port, '--gateway-port', String(server.gatewayPort)]);
  server.stop = async () => {
    if (server.process.exitCode === null && server.process.signalCode === null) {
      await server.kill();
    }
    upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return server;
}
