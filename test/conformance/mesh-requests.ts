/** Requests that come near the constants of a policy: each value as it is, a little longer, shorter, and otherwise. */
import type { MeshRequest } from '../../src/policy/mesh/mesh-request.ts';
import type { SpiffeId } from '../../src/kernel/spiffe-id.ts';

/** The strings that a policy has below fields of a name, at any depth. */
function valuesOf(node: unknown, fields: ReadonlySet<string>, into: Set<string>, inside = false): void {
  if (Array.isArray(node)) for (const item of node) valuesOf(item, fields, into, inside);
  else if (typeof node === 'object' && node !== null) {
    const condition = (node as { readonly key?: unknown }).key;
    const wanted = typeof condition === 'string' && fields.has(condition);
    for (const [key, value] of Object.entries(node)) {
      valuesOf(value, fields, into, inside || fields.has(key) || (wanted && /^(?:values|notValues)$/u.test(key)));
    }
  } else if (inside && typeof node === 'string') into.add(node);
}

function collect(policies: unknown, ...names: readonly string[]): string[] {
  const negated = names.map((name) => `not${name.charAt(0).toUpperCase()}${name.slice(1)}`);
  const found = new Set<string>();
  valuesOf(policies, new Set([...names, ...negated]), found);
  return [...found];
}

function near(value: string): readonly string[] {
  const text = value.replaceAll('*', '');
  const filled = value.replaceAll('{**}', 'a/b').replaceAll('{*}', 'a').replaceAll('*', 'z');
  const emptied = value.replaceAll('{**}', '').replaceAll('{*}', '').replaceAll('*', '');
  const spread = value.replaceAll('{**}', 'a').replaceAll('{*}', 'a/b').replaceAll('*', 'a/b');
  return [
    value,
    filled,
    emptied,
    spread,
    `${filled}x`,
    `x${filled}`,
    text.toUpperCase(),
    text.slice(1),
    text.slice(0, -1),
  ];
}

export type Dimensions = { readonly [dimension: string]: readonly (string | undefined)[] };

export function dimensionsOf(policies: unknown, trustDomains: readonly string[]): Dimensions {
  const domains = [
    ...trustDomains,
    'cluster.local',
    'other.example',
    ...collect(policies, 'trustDomains').flatMap(near),
  ];
  const principals = collect(policies, 'principals', 'source.principal').flatMap((value) => [
    ...near(value),
    ...domains.map((domain) => value.replace(/^[^/]*\//u, `${domain}/`)),
  ]);
  const namespaces = collect(policies, 'namespaces', 'source.namespace').flatMap(near);
  const accounts = collect(policies, 'serviceAccounts').flatMap((value) => {
    const [account = '', namespace = 'foo'] = value.split('/').toReversed();
    return [`td/ns/${namespace}/sa/${account}`, `td/ns/${namespace}/x/y/sa/${account}/z`, `td/ns/foo/sa/${account}x`];
  });
  const ids = [
    ...principals,
    ...accounts,
    ...namespaces.map((name) => `td/ns/${name}/sa/a`),
    ...domains.map((domain) => `${domain}/ns/a/sa/b`),
  ];
  const addresses = collect(policies, 'ipBlocks', 'source.ip').flatMap((block) => {
    const [address = ''] = block.split('/');
    return [address, address.replace(/\d+$/u, '77'), address.replace(/^\d+/u, '77')];
  });
  return {
    principal: [undefined, ...ids.map((id) => `spiffe://${id}`)],
    method: ['GET', ...collect(policies, 'methods').flatMap(near)],
    path: ['/', '/other', ...collect(policies, 'paths').flatMap(near)],
    host: ['other.example', ...collect(policies, 'hosts').flatMap(near)],
    port: ['1', ...collect(policies, 'ports', 'destination.port')],
    ip: ['127.0.0.1', ...addresses],
    sni: [undefined, ...collect(policies, 'connection.sni').flatMap(near)],
  };
}

/** Seeded, so that a run can be repeated: 32 bits of state, as evenly spread as this needs. */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
    return ((more ^ (more >>> 14)) >>> 0) % below;
  };
}

export function* requestsNear(dimensions: Dimensions, protocol: 'http' | 'tcp', count: number): Generator<MeshRequest> {
  const random = makeRandom(1);
  const pick = (name: string): string | undefined => {
    const values = dimensions[name] ?? [];
    return values[random(values.length)];
  };
  for (let index = 0; index < count; index += 1) {
    const [principal, sni] = [pick('principal'), pick('sni')];
    const http = { method: pick('method') || 'GET', path: pick('path') || '/', host: pick('host') || 'h' };
    yield {
      ...(principal === undefined ? {} : { principal: principal as SpiffeId }),
      mtls: principal !== undefined,
      sourceIp: pick('ip') ?? '127.0.0.1',
      destinationPort: Number(pick('port')),
      ...(sni === undefined || sni === '' ? {} : { sni }),
      protocol,
      ...(protocol === 'http' ? { http } : {}),
    };
  }
}
