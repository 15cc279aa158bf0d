// Test peers: upstreams with their own certificates, and agents that send requests through the gateway.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';

/** Creates a CA and a certificate for the given hosts. */
export function makeCertificates(folder, hosts) {
  const at = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = (name) => openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', at(name));
  key('ca.key');
  openssl('req', '-x509', '-new', '-key', at('ca.key'), '-days', '30', '-subj', '/CN=Upstreams', '-out', at('ca.pem'));
  key('leaf.key');
  openssl('req', '-new', '-key', at('leaf.key'), '-subj', '/CN=upstream', '-out', at('leaf.csr'));
  writeFileSync(at('leaf.ext'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\nbasicConstraints=CA:FALSE\n`);
  openssl('x509', '-req', '-in', at('leaf.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30', '-extfile', at('leaf.ext'), '-out', at('leaf.pem'));
  return { ca: at('ca.pem'), key: readFileSync(at('leaf.key')), cert: readFileSync(at('leaf.pem')) };
}

/** Starts an upstream for any host. It responds with JSON and the status given in the path, and records requests in `seen`. */
export async function startUpstream({ key, cert }) {
  const seen = [];
  const server = https.createServer({ key, cert }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push({ method: request.method, host: request.headers.host, path: request.url, headers: request.headers, body });
      const status = Number(/[?&]status=(\d{3})/.exec(request.url)?.[1] ?? (request.url.startsWith('/missing') ? 404 : 200));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: status < 400, path: request.url }));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    seen,
    port: server.address().port,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An agent’s HTTP client: sends requests through the gateway, as any client with HTTPS_PROXY does. */
export function agentOf({ gatewayPort, token, ca }) {
  const pools = new Map();
  const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
  function pool(host) {
    let found = pools.get(host);
    if (found === undefined) {
      found = new https.Agent({ keepAlive: true, maxSockets: 8 });
      found.createConnection = (options, done) => {
        const connect = http.request({
          host: '127.0.0.1',
          port: gatewayPort,
          method: 'CONNECT',
          path: `${host}:443`,
          headers: { host: `${host}:443`, 'proxy-authorization': authorization },
        });
        connect.on('error', done);
        connect.on('response', (response) => done(new Error(`CONNECT got status ${response.statusCode}`)));
        connect.on('connect', (response, socket) => {
          if (response.statusCode !== 200) {
            done(new Error(`CONNECT got status ${response.statusCode}`));
            return;
          }
          const secure = tls.connect({ socket, servername: host, ca }, () => done(null, secure));
          secure.on('error', done);
        });
        connect.end();
      };
      pools.set(host, found);
    }
    return found;
  }
  return {
    /** Resolves with the response, including refusals by the gateway. */
    send: (method, url, { headers = {}, body, signal } = {}) =>
      new Promise((done, fail) => {
        const { hostname, pathname, search } = new URL(url);
        const request = https.request(
          { agent: pool(hostname), host: hostname, method, path: pathname + search, signal, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) } },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk) => (text += chunk));
            response.on('end', () => done({ status: response.statusCode, headers: response.headers, text }));
            response.on('error', fail);
          },
        );
        request.on('error', fail);
        request.end(body);
      }),
    close: () => pools.forEach((one) => one.destroy()),
  };
}
