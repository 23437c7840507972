/** A plain interpreter of Envoy's RBAC filters, as far as Istio's golden files need it: the other side of a comparison. */
import type { MeshRequest } from '../../src/policy/mesh/mesh-request.ts';

/** A part of a parsed filter; protobuf's JSON form, in which a message is an object with one field of each oneof. */
export type Part = { readonly [field: string]: unknown };

export type RbacPolicy = { readonly permissions: readonly Part[]; readonly principals: readonly Part[] };
export type RbacFilter = {
  readonly action: 'ALLOW' | 'DENY';
  /** Absent: the filter enforces nothing. */
  readonly policies?: ReadonlyMap<string, RbacPolicy>;
};

/** The enforced half of a filter; shadow rules decide nothing. */
export function readFilter(filter: Part): RbacFilter {
  const rules = part(part(filter['typedConfig'])['rules'] ?? {});
  const action = rules['action'] === 'DENY' ? 'DENY' : 'ALLOW';
  const policies = rules['policies'];
  if (policies === undefined) return { action };
  return { action, policies: new Map(Object.entries(policies as Record<string, RbacPolicy>)) };
}

/** Whether all filters, one behind the other, let the request through. */
export function passes(filters: readonly RbacFilter[], request: MeshRequest): boolean {
  return filters.every(({ action, policies }) => {
    if (policies === undefined) return true;
    const matches = [...policies.values()].some((policy) => policyMatches(policy, request));
    return action === 'ALLOW' ? matches : !matches;
  });
}

export function policyMatches({ permissions, principals }: RbacPolicy, request: MeshRequest): boolean {
  return permissions.some((one) => permits(one, request)) && principals.some((one) => isPrincipal(one, request));
}

function permits(permission: Part, request: MeshRequest): boolean {
  const [kind, value] = only(permission);
  switch (kind) {
    case 'any':
      return true;
    case 'andRules':
      return parts(part(value)['rules']).every((one) => permits(one, request));
    case 'orRules':
      return parts(part(value)['rules']).some((one) => permits(one, request));
    case 'notRule':
      return !permits(part(value), request);
    case 'destinationPort':
      return request.destinationPort === value;
    case 'requestedServerName':
      return matchesString(part(value), request.sni ?? '');
    case 'header':
      return matchesHeader(part(value), request);
    case 'urlPath':
      return request.http !== undefined && matchesString(part(part(value)['path']), request.http.path);
    case 'uriTemplate':
      return request.http !== undefined && templateOf(part(value)).test(request.http.path);
    default:
      throw new Error(`no interpretation of the permission ${kind}`);
  }
}

function isPrincipal(principal: Part, request: MeshRequest): boolean {
  const [kind, value] = only(principal);
  switch (kind) {
    case 'any':
      return true;
    case 'andIds':
      return parts(part(value)['ids']).every((one) => isPrincipal(one, request));
    case 'orIds':
      return parts(part(value)['ids']).some((one) => isPrincipal(one, request));
    case 'notId':
      return !isPrincipal(part(value), request);
    case 'authenticated':
      return request.principal !== undefined && matchesString(part(part(value)['principalName']), request.principal);
    case 'directRemoteIp':
      return inRange(request.sourceIp, part(value));
    default:
      throw new Error(`no interpretation of the principal ${kind}`);
  }
}

function matchesHeader(header: Part, request: MeshRequest): boolean {
  const name = header['name'];
  const actual = name === ':method' ? request.http?.method : request.http?.host;
  if (name !== ':method' && name !== ':authority') throw new Error(`no interpretation of the header ${String(name)}`);
  if (actual === undefined) return false;
  if (header['presentMatch'] === true) return true;
  const expression = header['safeRegexMatch'];
  return matchesString(expression === undefined ? part(header['stringMatch']) : { safeRegex: expression }, actual);
}

function matchesString(matcher: Part, actual: string): boolean {
  const fold = (text: unknown): string => (matcher['ignoreCase'] === true ? String(text).toLowerCase() : String(text));
  const { ignoreCase: _, ...rest } = matcher;
  const [kind, value] = only(rest);
  switch (kind) {
    case 'exact':
      return fold(actual) === fold(value);
    case 'prefix':
      return fold(actual).startsWith(fold(value));
    case 'suffix':
      return fold(actual).endsWith(fold(value));
    case 'safeRegex': {
      // RE2 matches the whole text; its only flag in these files stands at the front.
      const regex = String(part(value)['regex']);
      const source = regex.replace(/^\(\?i\)/u, '');
      return new RegExp(`^(?:${source})$`, source === regex ? '' : 'i').test(actual);
    }
    default:
      throw new Error(`no interpretation of the string matcher ${kind}`);
  }
}

/** Envoy's URI template: `*` is one segment, `**` any text of segments. */
function templateOf(value: Part): RegExp {
  const template = String(part(value['typedConfig'])['pathTemplate']);
  const literal = "a-zA-Z0-9\\-._~%!$&'()+,;:@=";
  const segments = template.split('/').map((segment) => {
    if (segment === '*') return `[${literal}]+`;
    return segment === '**' ? `[${literal}/]*` : segment.replaceAll(/[$()+.]/gu, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}

function inRange(address: string, { addressPrefix, prefixLen }: Part): boolean {
  const bits = (text: unknown): string =>
    String(text)
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
  const length = Number(prefixLen);
  return bits(address).slice(0, length) === bits(addressPrefix).slice(0, length);
}

export function only(message: Part): readonly [kind: string, value: unknown] {
  const [entry, more] = Object.entries(message);
  if (entry === undefined || more !== undefined) throw new Error(`not one field: ${JSON.stringify(message)}`);
  return entry;
}

function part(value: unknown): Part {
  if (typeof value !== 'object' || value === null) throw new Error(`not a message: ${JSON.stringify(value)}`);
  return value as Part;
}

function parts(value: unknown): readonly Part[] {
  return (value ?? []) as readonly Part[];
}
