// Commands and code that connect an agent, generated from its configuration.
import type { Schemas } from '../../api/client';

type Container = Schemas['Container'];

const quote = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Variables by which programs in a container are told to trust the gateway's certificate. */
const TRUST_VARIABLES = [
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
  'NODE_EXTRA_CA_CERTS',
];

/** Commands that write the CA certificate and start a container with it and the proxy settings: to be pasted as they are. */
export function dockerCommand(config: Container): string {
  const path = config.caCertificateContainerPath;
  const env: Record<string, string> = {
    ...Object.fromEntries(TRUST_VARIABLES.map((name) => [name, path])),
    ...(config.env as Record<string, string>),
  };
  return [
    "cat > onecli-ca.pem <<'END'",
    config.caCertificate.trim(),
    'END',
    'docker run --rm -it \\',
    '  --add-host host.docker.internal:host-gateway \\',
    `  -v "$PWD/onecli-ca.pem:${path}:ro" \\`,
    ...Object.entries(env).map(([name, value]) => `  -e ${quote(`${name}=${value}`)} \\`),
    '  your-image',
  ].join('\n');
}

/** Environment variables for a shell on the machine that runs the gateway. */
export function environment(token: string, config: Container): string {
  const given = config.env as Record<string, string>;
  const proxy = given.HTTPS_PROXY ?? `http://x:${token}@localhost:10255`;
  const here = proxy.replace('host.docker.internal', 'localhost');
  return [`export HTTPS_PROXY=${quote(here)}`, `export HTTP_PROXY=${quote(here)}`, `export NO_PROXY=${quote(given.NO_PROXY ?? 'localhost,127.0.0.1')}`].join('\n');
}

export function sdk(identifier: string): string {
  return [
    "import { OneCLI } from '@onecli-sh/sdk';",
    '',
    `const onecli = new OneCLI({ url: '${window.location.origin}', apiKey: process.env.ONECLI_API_KEY });`,
    `await onecli.applyContainerConfig(dockerArgs, { agent: '${identifier}' });`,
  ].join('\n');
}

export const PYTHON = [
  'import os, requests',
  '',
  "# HTTPS_PROXY as under Environment, and the gateway's CA certificate",
  "os.environ['REQUESTS_CA_BUNDLE'] = 'onecli-ca.pem'",
  "requests.get('https://api.github.com/user')",
].join('\n');
