// How the gateway's CA certificate is trusted, by system and runtime.

interface Recipe {
  label: string;
  lines: string;
  note?: string;
}

const recipe = (label: string, lines: string[], note?: string): Recipe => ({ label, lines: lines.join('\n'), note });

export const TRUST = {
  debian: recipe('Debian', ['sudo cp onecli-ca.pem /usr/local/share/ca-certificates/onecli.crt', 'sudo update-ca-certificates'], 'Ubuntu too.'),
  fedora: recipe('Fedora', ['sudo cp onecli-ca.pem /etc/pki/ca-trust/source/anchors/', 'sudo update-ca-trust'], 'RHEL and its kin too.'),
  macos: recipe('macOS', ['security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db onecli-ca.pem']),
  windows: recipe('Windows', ['certutil -user -addstore Root onecli-ca.pem']),
  node: recipe('Node', ['export NODE_EXTRA_CA_CERTS="$PWD/onecli-ca.pem"', 'export NODE_USE_ENV_PROXY=1'], 'The second line makes fetch heed HTTPS_PROXY, from Node 24 on.'),
  python: recipe('Python', ['export REQUESTS_CA_BUNDLE="$PWD/onecli-ca.pem"', 'export SSL_CERT_FILE="$PWD/onecli-ca.pem"'], 'requests, httpx and urllib.'),
  git: recipe('git, curl', ['export GIT_SSL_CAINFO="$PWD/onecli-ca.pem"', 'export CURL_CA_BUNDLE="$PWD/onecli-ca.pem"']),
  java: recipe('Java', ['keytool -importcert -noprompt -alias onecli -file onecli-ca.pem -cacerts -storepass changeit']),
} satisfies Record<string, Recipe>;
