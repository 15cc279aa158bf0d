// The rule editor’s form values, and their conversion from and to the API.
import type { Schemas } from '../../api/client';
import { METHODS, methodFields, methodsOf } from '../../rules/methods';
import { eitherText } from '../../rules/sentence';

export type Condition = Schemas['Condition'];

/** The form values of the editor. Empty strings stand for absent fields. */
export interface Draft extends Record<string, unknown> {
  name: string;
  action: Schemas['RuleAction'];
  hostPattern: string;
  pathPattern: string;
  /** Empty means all methods. */
  methods: string[];
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
  methods: [],
  agentId: '',
  caseInsensitive: false,
  enabled: true,
  rateLimit: 60,
  rateLimitWindow: 'minute',
  approvalTimeoutSeconds: 300,
  conditions: [],
};

/** Converts a stored rule to an API request. */
export function draftOf(rule: Schemas['Rule']): Schemas['CreateRule'] {
  return {
    name: rule.name,
    hostPattern: rule.hostPattern,
    pathPattern: rule.pathPattern ?? null,
    ...methodFields(methodsOf(rule)),
    agentId: rule.agentId ?? null,
    action: rule.action,
    enabled: rule.enabled,
    caseInsensitive: rule.caseInsensitive,
    conditions: rule.conditions,
    ...(rule.action === 'rate_limit' && { rateLimit: rule.rateLimit, rateLimitWindow: rule.rateLimitWindow }),
    ...(rule.action === 'manual_approval' && { approvalTimeoutSeconds: rule.approvalTimeoutSeconds }),
  };
}

/** Converts a stored rule to form values. */
export function formOf(rule: Schemas['Rule']): Draft {
  return {
    name: rule.name,
    action: rule.action,
    hostPattern: rule.hostPattern,
    pathPattern: rule.pathPattern ?? '',
    methods: methodsOf(rule),
    agentId: rule.agentId ?? '',
    caseInsensitive: rule.caseInsensitive,
    enabled: rule.enabled,
    rateLimit: rule.rateLimit ?? EMPTY.rateLimit,
    rateLimitWindow: rule.rateLimitWindow ?? EMPTY.rateLimitWindow,
    approvalTimeoutSeconds: rule.approvalTimeoutSeconds ?? EMPTY.approvalTimeoutSeconds,
    conditions: rule.conditions,
  };
}

/** Converts form values to an API request. */
export function bodyOf(draft: Draft): Schemas['CreateRule'] {
  return {
    name: draft.name.trim() || suggestName(draft),
    hostPattern: draft.hostPattern.trim(),
    pathPattern: draft.pathPattern.trim() || null,
    ...methodFields(draft.methods),
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

/** The name of a rule for which none was entered. */
export function suggestName(draft: Draft): string {
  const verb = { block: 'Block', allow: 'Allow', rate_limit: 'Limit', manual_approval: 'Hold' }[draft.action];
  const path = draft.pathPattern === '*' || draft.pathPattern === '/*' ? '' : draft.pathPattern;
  return [verb, eitherText(draft.methods), `${draft.hostPattern === '*' ? 'all hosts' : draft.hostPattern}${path}`]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 255);
}

const ACTIONS = ['block', 'allow', 'rate_limit', 'manual_approval'] as const;

/** Form values from a link to the editor: `host`, `path`, `method` (several separated by commas), `agentId`, `name`, `action`. */
export function fromLink(search: string): Partial<Draft> {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? '';
  const action = ACTIONS.find((one) => one === text('action'));
  const wanted = text('method').toUpperCase().split(',');
  const methods = METHODS.filter((method) => wanted.includes(method));
  return {
    ...(text('host') && { hostPattern: text('host') }),
    ...(text('path') && { pathPattern: text('path').split('?')[0] ?? '' }),
    ...(methods.length > 0 && { methods }),
    ...(text('agentId') && { agentId: text('agentId') }),
    ...(text('name') && { name: text('name') }),
    ...(action && { action }),
  };
}
