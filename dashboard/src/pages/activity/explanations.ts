// Explains the gateway’s error and alarm codes.
import { readable } from '../../components/outcome';

export interface Explanation {
  title: string;
  text: string;
}

const ERRORS: Record<string, Explanation> = {
  access_restricted: { title: 'No access to the secret', text: 'The upstream refused the request. A secret for this host exists, but this agent may not use it.' },
  agent_suspended: { title: 'Agent suspended', text: 'The agent is suspended. Resume it on its page to allow its requests again.' },
  agent_tls_failed: { title: 'TLS handshake failed', text: 'The agent closed the TLS handshake, most likely because it doesn’t trust the gateway’s CA certificate.' },
  app_not_connected: { title: 'App not connected', text: 'The upstream refused the request, and the app for this host is not connected.' },
  authority_mismatch: { title: 'Host mismatch', text: 'The CONNECT target, the TLS server name, the Host header and the URL don’t name the same host and port. Nothing was sent.' },
  bad_request: { title: 'Bad request', text: 'The request was malformed or ambiguous. Nothing was sent.' },
  blocked_by_default_policy: { title: 'Blocked by default', text: 'No rule allows this request, and the project denies by default.' },
  blocked_by_policy: { title: 'Blocked by a rule', text: 'A block rule matched. Nothing was sent.' },
  body_too_large: { title: 'Body too large', text: 'A rule or an approval needs the whole body, and it exceeds the limit. Nothing was sent.' },
  cancelled: { title: 'Cancelled by the agent', text: 'The agent closed the connection before the response was complete.' },
  credential_expired: { title: 'Credential expired', text: 'The credential for this host has expired and couldn’t be renewed.' },
  credential_not_found: { title: 'No credential', text: 'The upstream refused the request, and no secret is stored for this host.' },
  credential_unavailable: { title: 'Credential unavailable', text: 'The secret for this host couldn’t be decrypted or issued. Nothing was sent without it.' },
  destination_not_allowed: { title: 'Destination not allowed', text: 'The gateway doesn’t connect to this address. Permit it with --allow-destination if it is intended.' },
  gateway_restarting: { title: 'Gateway restarting', text: 'The gateway was stopped while the request was held. The agent has to send it again.' },
  headers_too_large: { title: 'Headers too large', text: 'The request’s headers exceed the limit. Nothing was sent.' },
  manual_approval_denied: { title: 'Not approved', text: 'The held request was denied or expired without a decision. Nothing was sent.' },
  method_not_allowed: { title: 'Method not allowed', text: 'The gateway doesn’t forward this method, because its response can contain the secret.' },
  multiple_connections: { title: 'Several connections', text: 'Several accounts match. The agent has to choose one with the x-onecli-connection-id header.' },
  overloaded: { title: 'Gateway overloaded', text: 'The gateway is at a limit, or couldn’t record the request. Nothing was sent.' },
  placeholder_misuse: { title: 'Placeholder sent to the wrong host', text: 'The request contained a placeholder for a secret that isn’t valid for this host or this agent. Nothing was sent.' },
  plaintext_upstream: { title: 'Unencrypted upstream', text: 'A secret would have been sent over plain HTTP. Nothing was sent.' },
  proxy_auth_required: { title: 'Invalid access token', text: 'The request had no valid agent access token.' },
  rate_limited: { title: 'Rate limited', text: 'A rate limit rule was exceeded. Nothing was sent.' },
  unsupported_protocol: { title: 'Unsupported protocol', text: 'The tunnel carried neither TLS nor HTTP. See the --tunnel option.' },
  upstream_timeout: { title: 'Upstream timeout', text: 'The upstream didn’t respond in time.' },
  upstream_unreachable: { title: 'Upstream unreachable', text: 'The connection to the upstream failed or broke before the response was complete.' },
};

const ALARMS: Record<string, Explanation> = {
  placeholder_misuse: {
    title: 'Placeholder sent to the wrong host',
    text: 'Review this request: it contained a placeholder for a secret that isn’t valid for this host or this agent. Nothing was sent.',
  },
};

/** Explains an error code. Unknown codes, such as a newer server’s, are shown by name. */
export function explainError(code: string): Explanation {
  return lookUp(ERRORS, code) ?? { title: readable(code), text: 'The gateway ended this request.' };
}

export function explainAlarm(code: string): Explanation {
  return lookUp(ALARMS, code) ?? { title: readable(code), text: 'Review this request.' };
}

function lookUp(table: Record<string, Explanation>, code: string): Explanation | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
