// The project’s policy modes: what happens to requests that match no rule.
import type { Schemas } from '../api/client';

type PolicyMode = Schemas['PolicyMode'];

interface PolicyModeText {
  label: string;
  /** The current behaviour, as one sentence. */
  description: string;
  /** The consequence of switching to this mode. */
  consequence: string;
}

export const POLICY_MODES: Record<PolicyMode, PolicyModeText> = {
  allow: {
    label: 'Allow by default',
    description: 'Requests that match no rule are allowed.',
    consequence: 'Requests that match no rule will be allowed, for every agent of this project. Block, hold and rate limit rules still apply.',
  },
  ask: {
    label: 'Ask by default',
    description: 'Requests that match no rule are held until a person approves them.',
    consequence:
      'Requests that match no rule will be held for approval, for every agent of this project. Agents wait for the decision, and requests without one are denied when they expire.',
  },
  deny: {
    label: 'Deny by default',
    description: 'Only requests that match an allow, hold or rate limit rule are allowed.',
    consequence: 'Requests that match no allow, hold or rate limit rule will get 403, for every agent of this project.',
  },
};

/** From the least to the most restrictive. */
export const POLICY_MODE_ORDER: readonly PolicyMode[] = ['allow', 'ask', 'deny'];

/** Shown in place of a rule’s name where a request is held because no rule matched. */
export const HELD_BY_DEFAULT = 'No rule matched (ask by default)';
