import { expect, it } from 'vitest';

import { dockerCommand, environment } from './recipes';

const config = {
  env: { HTTPS_PROXY: 'http://x:aoc_1@host.docker.internal:10255', NO_PROXY: 'localhost,127.0.0.1', NOTE: "it's" },
  caCertificate: '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n',
  caCertificateContainerPath: '/tmp/ca.pem',
} as unknown as Parameters<typeof dockerCommand>[0];

it('commands are quoted for the shell', () => {
  expect(dockerCommand(config)).toContain("  -e 'NOTE=it'\\''s' \\\n");
  expect(dockerCommand(config)).toContain('  -e HTTPS_PROXY=http://x:aoc_1@host.docker.internal:10255 \\\n');
  const [certificate, command] = dockerCommand(config).split('\nEND\n');
  expect(certificate).toBe("cat > onecli-ca.pem <<'END'\n-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----");
  expect(command?.split('\n').slice(0, -1).every((line) => line.endsWith('\\'))).toBe(true);
});

it('clients in a container trust the CA certificate', () => {
  for (const name of ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'GIT_SSL_CAINFO', 'PIP_CERT', 'AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']) {
    expect(dockerCommand(config)).toContain(`  -e ${name}=/tmp/ca.pem \\\n`);
  }
  // What the server sets has precedence.
  const own = dockerCommand({ ...config, env: { SSL_CERT_FILE: '/own.pem' } });
  expect(own.match(/SSL_CERT_FILE=\S+/g)).toEqual(['SSL_CERT_FILE=/own.pem']);
});

it('the local environment uses the gateway on localhost', () => {
  expect(environment('aoc_1', config)).toContain('export HTTPS_PROXY=http://x:aoc_1@localhost:10255\n');
});
