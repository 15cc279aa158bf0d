// Commands to trust the gateway’s CA certificate, by system and runtime.

interface Recipe {
  label: string;
  lines: string;
  note?: string;
}

const recipe = (label: string, lines: string[], note?: string): Recipe => ({ label, lines: lines.join('\n'), note });

export const TRUST = {
  debian: recipe('Debian', ['sudo cp onecli-ca.pem /usr/local/share/ca-certificates/onecli.crt', 'sudo update-ca-certificates'], 'Also Ubuntu.'),
  fedora: recipe('Fedora', ['sudo cp onecli-ca.pem /etc/pki/ca-trust/source/anchors/', 'sudo update-ca-trust'], 'Also RHEL and its derivatives.'),
  macos: recipe('macOS', ['security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db onecli-ca.pem']),
  windows: recipe('Windows', ['certutil -user -addstore Root onecli-ca.pem']),
  node: recipe('Node', ['export NODE_EXTRA_CA_CERTS="$PWD/onecli-ca.pem"', 'export NODE_USE_ENV_PROXY=1'], 'The second line makes fetch use HTTPS_PROXY (Node 22.21 and 24.5 or later). Clients with an https.Agent of their own bypass it; onecli run covers them.'),
  python: recipe('Python', ['export REQUESTS_CA_BUNDLE="$PWD/onecli-ca.pem"', 'export SSL_CERT_FILE="$PWD/onecli-ca.pem"'], 'For requests, httpx and urllib.'),
  git: recipe('git, curl', ['export GIT_SSL_CAINFO="$PWD/onecli-ca.pem"', 'export CURL_CA_BUNDLE="$PWD/onecli-ca.pem"']),
  java: recipe('Java', ['keytool -importcert -noprompt -alias onecli -file onecli-ca.pem -cacerts -storepass changeit']),
} satisfies Record<string, Recipe>;
