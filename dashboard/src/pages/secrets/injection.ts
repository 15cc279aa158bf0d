// The secret form’s values, their conversion from and to the API, and the preview of the injected request.
import type { Schemas } from '../../api/client';
import { hostsOf, readHosts } from '../../format/hosts';

/** Where the value goes in a request. */
export type Placement = 'header' | 'param' | 'path' | 'placeholder';

/** The form values of a secret. */
export interface SecretDraft extends Record<string, unknown> {
  name: string;
  type: Schemas['SecretType'];
  value: string;
  /** One host per line. */
  hosts: string;
  pathPattern: string;
  placement: Placement;
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
  hosts: '',
  pathPattern: '',
  placement: 'header',
  headerName: 'Authorization',
  valueFormat: 'Bearer {value}',
  paramName: '',
  paramFormat: '{value}',
  pathTemplate: '',
  allowPlaintext: false,
};

/** The injection of a draft as the API takes it; none for types with a fixed injection. */
export function injectionOf(draft: SecretDraft): Schemas['InjectionConfig'] | null {
  if (draft.type !== 'generic') {
    return null;
  }
  switch (draft.placement) {
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

/** Converts an injection to form values. */
export function placementOf(config: Schemas['InjectionConfig'] | null | undefined): Partial<SecretDraft> {
  if (config?.headerName) {
    return { placement: 'header', headerName: config.headerName, valueFormat: config.valueFormat ?? '{value}' };
  }
  if (config?.paramName) {
    return { placement: 'param', paramName: config.paramName, paramFormat: config.paramFormat ?? '{value}' };
  }
  if (config?.pathTemplate) {
    return { placement: 'path', pathTemplate: config.pathTemplate };
  }
  return { placement: 'placeholder' };
}

/** Converts a stored secret to form values. The value stays empty, as the API never returns it. */
export function formOf(secret: Schemas['Secret']): SecretDraft {
  return {
    ...EMPTY,
    name: secret.name,
    type: secret.type,
    hosts: hostsOf(secret).join('\n'),
    pathPattern: secret.pathPattern ?? '',
    allowPlaintext: secret.allowPlaintext,
    ...(secret.type === 'generic' && placementOf(secret.injectionConfig)),
  };
}

/** Form values from a link: `host` (may be repeated), `path`, `header`, `format`, `param`, `name` and `type`. */
export function fromLink(search: string): Partial<SecretDraft> {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? '';
  const type = (['generic', 'anthropic', 'openai'] as const).find((one) => one === text('type'));
  const hosts = readHosts(given.getAll('host').join('\n'));
  const format = text('format').includes('{value}') ? text('format') : '';
  return {
    ...(hosts.length > 0 && { hosts: hosts.join('\n') }),
    ...(text('path') && { pathPattern: text('path') }),
    ...(text('name') && { name: text('name') }),
    ...(type && { type }),
    ...(text('param')
      ? { placement: 'param' as const, paramName: text('param'), ...(format && { paramFormat: format }) }
      : text('header') && { placement: 'header' as const, headerName: text('header'), ...(format && { valueFormat: format }) }),
  };
}

/** The host fields of an API request for a draft. */
export function hostFields(draft: SecretDraft): { hostPattern: string; hostPatterns: string[] } {
  const hosts = readHosts(draft.hosts);
  return { hostPattern: hosts[0] ?? '', hostPatterns: hosts };
}

/** A line of the previewed request. */
export interface PreviewLine {
  before: string;
  /** Whether the value follows `before`. */
  value: boolean;
  after: string;
}

/** The lines of a sample request that show where the value goes. */
export function preview(draft: SecretDraft): PreviewLine[] {
  const host = readHosts(draft.hosts)[0]?.replace(/^\*\./, 'api.') ?? 'api.example.com';
  const pattern = draft.pathPattern.trim();
  const path = pattern === '' || pattern === '*' ? '/v1/things' : pattern.replaceAll('*', '…');
  const plain = (before: string): PreviewLine => ({ before, value: false, after: '' });
  const request = (target: string) => plain(`GET ${target} HTTP/1.1`);
  const hostLine = plain(`Host: ${host}`);
  if (draft.type === 'anthropic') {
    return [request(path), hostLine, { before: 'x-api-key: ', value: true, after: '' }];
  }
  if (draft.type === 'openai') {
    return [request(path), hostLine, { before: 'Authorization: Bearer ', value: true, after: '' }];
  }
  switch (draft.placement) {
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
      return [request(path), hostLine, plain('… the value replaces the placeholder')];
  }
}

function split(format: string): PreviewLine {
  const at = format.indexOf('{value}');
  return at < 0
    ? { before: format, value: false, after: '' }
    : { before: format.slice(0, at), value: true, after: format.slice(at + '{value}'.length) };
}

/** The API’s names of the hosts field. */
export const HOST_FIELDS = { hostPattern: 'hosts', hostPatterns: 'hosts' };
