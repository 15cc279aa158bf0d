// A rule while it is written: what the form holds, and what the API takes.
import type { Schemas } from '../../api/client';

export type Condition = Schemas['Condition'];

/** What the editor's form holds. Empty texts stand for what is left out. */
export interface Draft extends Record<string, unknown> {
  name: string;
  action: Schemas['RuleAction'];
  hostPattern: string;
  pathPattern: string;
  method: string;
  agentId: string;
  caseInsensitive: boolean;
  enabled: boolean;
  rateLimit: number | string;
  rateLimitWindow: Schemas['RateWindow'];
  approvalTimeoutSeconds: number | string;
  conditions: Condition[];
}

export const EMPTY: Draft = {
  name: '',
  action: 'manual_approval',
  hostPattern: '',
  pathPattern: '',
  method: '',
  agentId: '',
  caseInsensitive: false,
  enabled: true,
  rateLimit: 60,
  rateLimitWindow: 'minute',
  approvalTimeoutSeconds: 300,
  conditions: [],
};

/** A stored rule as the API takes one. */
export function draftOf(rule: Schemas['Rule']): Schemas['CreateRule'] {
  return {
    name: rule.name,
    hostPattern: rule.hostPattern,
    pathPattern: rule.pathPattern ?? null,
    method: rule.method ?? null,
    agentId: rule.agentId ?? null,
    action: rule.action,
    enabled: rule.enabled,
    caseInsensitive: rule.caseInsensitive,
    conditions: rule.conditions,
    ...(rule.action === 'rate_limit' && { rateLimit: rule.rateLimit, rateLimitWindow: rule.rateLimitWindow }),
    ...(rule.action === 'manual_approval' && { approvalTimeoutSeconds: rule.approvalTimeoutSeconds }),
  };
}

/** A stored rule as the form holds it. */
export function formOf(rule: Schemas['Rule']): Draft {
  return {
    name: rule.name,
    action: rule.action,
    hostPattern: rule.hostPattern,
    pathPattern: rule.pathPattern ?? '',
    method: rule.method ?? '',
    agentId: rule.agentId ?? '',
    caseInsensitive: rule.caseInsensitive,
    enabled: rule.enabled,
    rateLimit: rule.rateLimit ?? EMPTY.rateLimit,
    rateLimitWindow: rule.rateLimitWindow ?? EMPTY.rateLimitWindow,
    approvalTimeoutSeconds: rule.approvalTimeoutSeconds ?? EMPTY.approvalTimeoutSeconds,
    conditions: rule.conditions,
  };
}

/** What the form holds, as the API takes it. */
export function bodyOf(draft: Draft): Schemas['CreateRule'] {
  return {
    name: draft.name.trim() || suggestName(draft),
    hostPattern: draft.hostPattern.trim(),
    pathPattern: draft.pathPattern.trim() || null,
    method: draft.method || null,
    agentId: draft.agentId || null,
    action: draft.action,
    enabled: draft.enabled,
    caseInsensitive: draft.caseInsensitive,
    conditions: draft.conditions.map(({ target, key, operator, value }) => ({
      target,
      operator,
      ...(target !== 'body' && { key: key ?? '' }),
      ...(operator !== 'exists' && { value: value ?? '' }),
    })),
    ...(draft.action === 'rate_limit' && {
      rateLimit: Number(draft.rateLimit),
      rateLimitWindow: draft.rateLimitWindow,
    }),
    ...(draft.action === 'manual_approval' && { approvalTimeoutSeconds: Number(draft.approvalTimeoutSeconds) }),
  };
}

/** A name that says enough when somebody gives none. */
export function suggestName(draft: Draft): string {
  const verb = { block: 'Block', allow: 'Allow', rate_limit: 'Limit', manual_approval: 'Hold' }[draft.action];
  const path = draft.pathPattern === '*' || draft.pathPattern === '/*' ? '' : draft.pathPattern;
  return [verb, draft.method, `${draft.hostPattern === '*' ? 'everything' : draft.hostPattern}${path}`]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 255);
}

const ACTIONS = ['block', 'allow', 'rate_limit', 'manual_approval'] as const;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** What a link to the editor fills in: `host`, `path`, `method`, `agentId`, `name`, `action`. */
export function fromLink(search: string): Partial<Draft> {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? '';
  const action = ACTIONS.find((one) => one === text('action'));
  return {
    ...(text('host') && { hostPattern: text('host') }),
    ...(text('path') && { pathPattern: text('path').split('?')[0] ?? '' }),
    ...(METHODS.includes(text('method').toUpperCase()) && { method: text('method').toUpperCase() }),
    ...(text('agentId') && { agentId: text('agentId') }),
    ...(text('name') && { name: text('name') }),
    ...(action && { action }),
  };
}
