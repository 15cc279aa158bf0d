// Describes a rule in one sentence: its action, the requests it matches and its agent.
import type { Schemas } from '../api/client';
import { longDuration } from '../format/units';
import { methodsOf } from './methods';

type Rule = Pick<Schemas['CreateRule'], 'action' | 'hostPattern'> &
  Partial<
    Pick<
      Schemas['CreateRule'],
      'pathPattern' | 'method' | 'methods' | 'agentId' | 'rateLimit' | 'rateLimitWindow' | 'approvalTimeoutSeconds' | 'conditions'
    >
  >;

/** A part of a sentence: `code` is set in monospace, `tight` follows without a space. */
export interface Part {
  text: string;
  code?: boolean;
  tight?: boolean;
}

/** "Hold POST api.stripe.com/v1/refunds/* for approval for all agents". `agentName` looks up an agent’s name by id. */
export function sentence(rule: Rule, agentName: (id: string) => string | undefined): Part[] {
  const [verb, complement] = actionText(rule);
  const methods = methodsOf(rule);
  const anyTarget = rule.hostPattern === '*' && !rule.pathPattern;
  const parts: Part[] = [{ text: verb }];
  if (methods.length > 0) {
    parts.push(...either(methods));
  } else if (!anyTarget) {
    parts.push({ text: 'requests to' });
  }
  if (!anyTarget) {
    parts.push({ text: targetPattern(rule), code: true });
  } else {
    parts.push({ text: methods.length > 0 ? 'to any host' : 'any request' });
  }
  if (complement !== '') {
    parts.push({ text: complement });
  }
  const conditions = rule.conditions ?? [];
  conditions.forEach((condition, at) => {
    parts.push({ text: at === 0 ? 'if' : 'and' }, { text: conditionText(condition), code: true });
  });
  parts.push({ text: `for ${rule.agentId ? (agentName(rule.agentId) ?? 'a deleted agent') : 'all agents'}` });
  return parts;
}

/** The sentence as plain text. */
export function sentenceText(rule: Rule, agentName: (id: string) => string | undefined): string {
  return join(sentence(rule, agentName));
}

/** "GET", "GET or POST", "GET, POST or PUT". */
export function eitherText(methods: readonly string[]): string {
  return join(either(methods));
}

function join(parts: readonly Part[]): string {
  return parts.map((part, at) => (at === 0 || part.tight ? part.text : ` ${part.text}`)).join('');
}

function either(methods: readonly string[]): Part[] {
  return methods.flatMap((method, at): Part[] => {
    const code = { text: method, code: true };
    if (at === 0) {
      return [code];
    }
    return at === methods.length - 1 ? [{ text: 'or' }, code] : [{ text: ',', tight: true }, code];
  });
}

function actionText(rule: Rule): [string, string] {
  switch (rule.action) {
    case 'block':
      return ['Block', ''];
    case 'allow':
      return ['Allow', ''];
    case 'rate_limit':
      return ['Limit', `to ${(rule.rateLimit ?? 0).toLocaleString('en')} per ${rule.rateLimitWindow ?? 'minute'}`];
    case 'manual_approval': {
      const seconds = rule.approvalTimeoutSeconds;
      return ['Hold', seconds && seconds !== 300 ? `for approval within ${longDuration(seconds)}` : 'for approval'];
    }
  }
}

function targetPattern(rule: Rule): string {
  const path = rule.pathPattern ?? '';
  return rule.hostPattern + (path === '' || path === '*' || path === '/*' ? '' : path);
}

/** "body_json /amount greater than 100" */
export function conditionText(condition: Schemas['Condition']): string {
  const value = condition.operator === 'exists' ? undefined : condition.value;
  return [condition.target, condition.key, condition.operator.replaceAll('_', ' '), value]
    .filter((part) => part !== undefined && part !== null && part !== '')
    .join(' ');
}
