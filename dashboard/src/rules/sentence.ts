// A rule as a sentence: what it does, to which requests, of whom.
import type { Schemas } from '../api/client';
import { left } from '../format/units';

type Rule = Pick<Schemas['CreateRule'], 'action' | 'hostPattern'> &
  Partial<
    Pick<
      Schemas['CreateRule'],
      'pathPattern' | 'method' | 'agentId' | 'rateLimit' | 'rateLimitWindow' | 'approvalTimeoutSeconds' | 'conditions'
    >
  >;

/** A piece of a sentence: words, or what was written down and stands in another type. */
export interface Part {
  text: string;
  code?: boolean;
}

/** "Hold POST api.stripe.com/v1/refunds/* for approval, for all agents". `agentName` finds an agent's name by its id. */
export function sentence(rule: Rule, agentName: (id: string) => string | undefined): Part[] {
  const [verb, behind] = words(rule);
  const place = rule.hostPattern === '*' && !rule.pathPattern ? 'any request' : undefined;
  const method = rule.method ?? (place === undefined ? 'requests to' : undefined);
  const parts: Part[] = [{ text: verb }];
  if (rule.method) {
    parts.push({ text: rule.method, code: true });
  } else if (method !== undefined) {
    parts.push({ text: method });
  }
  if (place !== undefined && rule.method) {
    parts.push({ text: 'to any host' });
  } else {
    parts.push(place !== undefined ? { text: place } : { text: where(rule), code: true });
  }
  if (behind !== '') {
    parts.push({ text: behind });
  }
  const conditions = rule.conditions ?? [];
  conditions.forEach((condition, at) => {
    parts.push({ text: at === 0 ? 'if' : 'and' }, { text: conditionText(condition), code: true });
  });
  parts.push({ text: `for ${rule.agentId ? (agentName(rule.agentId) ?? 'an agent that is gone') : 'all agents'}` });
  return parts;
}

/** The same as one text. */
export function sentenceText(rule: Rule, agentName: (id: string) => string | undefined): string {
  return sentence(rule, agentName)
    .map((part) => part.text)
    .join(' ');
}

function words(rule: Rule): [string, string] {
  switch (rule.action) {
    case 'block':
      return ['Block', ''];
    case 'allow':
      return ['Allow', ''];
    case 'rate_limit':
      return ['Limit', `to ${(rule.rateLimit ?? 0).toLocaleString('en')} per ${rule.rateLimitWindow ?? 'minute'}`];
    case 'manual_approval': {
      const seconds = rule.approvalTimeoutSeconds;
      return ['Hold', seconds && seconds !== 300 ? `for approval within ${left(seconds)}` : 'for approval'];
    }
  }
}

function where(rule: Rule): string {
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
