// How a secret is put into a request: what the form holds, what the API takes, and what will be sent.
import type { Schemas } from '../../api/client';

export type Way = 'header' | 'param' | 'path' | 'placeholder';

/** What the form holds of a secret. */
export interface SecretDraft extends Record<string, unknown> {
  name: string;
  type: Schemas['SecretType'];
  value: string;
  hostPattern: string;
  pathPattern: string;
  way: Way;
  headerName: string;
  valueFormat: string;
  paramName: string;
  paramFormat: string;
  pathTemplate: string;
  allowPlaintext: boolean;
}

export const EMPTY: SecretDraft = {
  name: '',
  type: 'generic',
  value: '',
  hostPattern: '',
  pathPattern: '',
  way: 'header',
  headerName: 'Authorization',
  valueFormat: 'Bearer {value}',
  paramName: '',
  paramFormat: '{value}',
  pathTemplate: '',
  allowPlaintext: false,
};

/** What the form holds, as the API takes it; nothing for the types that say themselves how they are sent. */
export function injectionOf(draft: SecretDraft): Schemas['InjectionConfig'] | null {
  if (draft.type !== 'generic') {
    return null;
  }
  switch (draft.way) {
    case 'header':
      return { headerName: draft.headerName.trim(), valueFormat: draft.valueFormat };
    case 'param':
      return { paramName: draft.paramName.trim(), paramFormat: draft.paramFormat };
    case 'path':
      return { pathTemplate: draft.pathTemplate.trim() };
    case 'placeholder':
      return null;
  }
}

/** The part of the form that an injection stands for. */
export function wayOf(config: Schemas['InjectionConfig'] | null | undefined): Partial<SecretDraft> {
  if (config?.headerName) {
    return { way: 'header', headerName: config.headerName, valueFormat: config.valueFormat ?? '{value}' };
  }
  if (config?.paramName) {
    return { way: 'param', paramName: config.paramName, paramFormat: config.paramFormat ?? '{value}' };
  }
  if (config?.pathTemplate) {
    return { way: 'path', pathTemplate: config.pathTemplate };
  }
  return { way: 'placeholder' };
}

/** A stored secret as the form holds it; the value stays empty, as nobody gets it back. */
export function formOf(secret: Schemas['Secret']): SecretDraft {
  return {
    ...EMPTY,
    name: secret.name,
    type: secret.type,
    hostPattern: secret.hostPattern,
    pathPattern: secret.pathPattern ?? '',
    allowPlaintext: secret.allowPlaintext,
    ...(secret.type === 'generic' && wayOf(secret.injectionConfig)),
  };
}

/** What a link fills in: `host`, `path`, `header`, `format`, `param`, `name`, and `type`. */
export function fromLink(search: string): Partial<SecretDraft> {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? '';
  const type = (['generic', 'anthropic', 'openai'] as const).find((one) => one === text('type'));
  const format = text('format').includes('{value}') ? text('format') : '';
  return {
    ...(text('host') && { hostPattern: text('host') }),
    ...(text('path') && { pathPattern: text('path') }),
    ...(text('name') && { name: text('name') }),
    ...(type && { type }),
    ...(text('param')
      ? { way: 'param' as const, paramName: text('param'), ...(format && { paramFormat: format }) }
      : text('header') && { way: 'header' as const, headerName: text('header'), ...(format && { valueFormat: format }) }),
  };
}

/** A line of a request, with the place of the value in it. */
export interface Sent {
  before: string;
  /** Whether the value stands behind `before`. */
  value: boolean;
  after: string;
}

/** The lines of a request that show where the value goes. */
export function preview(draft: SecretDraft): Sent[] {
  const host = draft.hostPattern.trim().replace(/^\*\./, 'api.') || 'api.example.com';
  const pattern = draft.pathPattern.trim();
  const path = pattern === '' || pattern === '*' ? '/v1/things' : pattern.replaceAll('*', '…');
  const plain = (before: string): Sent => ({ before, value: false, after: '' });
  const request = (target: string) => plain(`GET ${target} HTTP/1.1`);
  const hostLine = plain(`Host: ${host}`);
  if (draft.type === 'anthropic') {
    return [request(path), hostLine, { before: 'x-api-key: ', value: true, after: '' }];
  }
  if (draft.type === 'openai') {
    return [request(path), hostLine, { before: 'Authorization: Bearer ', value: true, after: '' }];
  }
  switch (draft.way) {
    case 'header': {
      const basic = /^(.*)\{base64:(.*)\{value\}(.*)\}(.*)$/.exec(draft.valueFormat);
      const parts =
        basic === null
          ? split(draft.valueFormat)
          : { before: `${basic[1] ?? ''}base64(${basic[2] ?? ''}`, value: true, after: `${basic[3] ?? ''})${basic[4] ?? ''}` };
      return [request(path), hostLine, { ...parts, before: `${draft.headerName.trim() || 'Header'}: ${parts.before}` }];
    }
    case 'param': {
      const parts = split(draft.paramFormat);
      return [
        {
          before: `GET ${path}?${draft.paramName.trim() || 'parameter'}=${parts.before}`,
          value: parts.value,
          after: `${parts.after} HTTP/1.1`,
        },
        hostLine,
      ];
    }
    case 'path': {
      const parts = split(draft.pathTemplate.trim() || '/bot{value}/*');
      return [{ before: `GET ${parts.before}`, value: parts.value, after: `${parts.after.replaceAll('*', '…')} HTTP/1.1` }, hostLine];
    }
    case 'placeholder':
      return [request(path), hostLine, plain('…where the agent puts the secret’s stand-in')];
  }
}

function split(format: string): Sent {
  const at = format.indexOf('{value}');
  return at < 0
    ? { before: format, value: false, after: '' }
    : { before: format.slice(0, at), value: true, after: format.slice(at + '{value}'.length) };
}
