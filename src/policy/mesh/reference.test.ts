import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';

import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { compileMesh } from './compile.ts';
import { type MeshRequest, phaseOf } from './mesh-request.ts';

/*
 * A plain reading of Istio's documentation, straight on the objects: no phases compiled apart, no precomputed constants,
 * and three truth values where an HTTP field is not known. The compiled policies must agree with it.
 */

type Fields = Readonly<Record<string, readonly string[]>>;
type Rule = {
  readonly from?: readonly { readonly source: Fields }[];
  readonly to?: readonly { readonly operation: Fields }[];
  readonly when?: readonly {
    readonly key: string;
    readonly values?: readonly string[];
    readonly notValues?: readonly string[];
  }[];
};
type Policy = { readonly action: 'ALLOW' | 'DENY'; readonly rules: readonly Rule[] };
type Truth = boolean | 'unknown';

const HTTP_FIELDS = /^(?:not)?(?:methods|paths|hosts)$/iu;

function textMatches(value: string, actual: string): boolean {
  const expression =
    value === '*'
      ? '.+'
      : value
          .split('*')
          .map((text) => RegExp.escape(text))
          .join('.*');
  return new RegExp(`^(?:${expression})$`, 's').test(actual);
}

function valueMatches(field: string, value: string, request: MeshRequest): boolean {
  const id = request.principal;
  switch (field) {
    case 'principals':
    case 'source.principal':
      return id !== undefined && (value === '*' || textMatches(`spiffe://${value}`, id));
    case 'namespaces':
      return id !== undefined && textMatches(`*/ns/${value}/*`, id);
    case 'ipBlocks':
    case 'source.ip':
      return value.endsWith('/8') ? request.sourceIp.startsWith(`${value.split('.')[0]}.`) : request.sourceIp === value;
    case 'ports':
    case 'destination.port':
      return Number(value) === request.destinationPort;
    case 'methods':
      return textMatches(value, request.http?.method ?? '');
    case 'paths':
      return textMatches(value, request.http?.path ?? '');
    case 'hosts':
      return textMatches(value.toLowerCase(), (request.http?.host ?? '').toLowerCase());
    default:
      throw new Error(field);
  }
}

function listHolds(field: string, values: readonly string[], request: MeshRequest): Truth {
  if (HTTP_FIELDS.test(field) && request.http === undefined) return 'unknown';
  const negated = /^not[A-Z]/u.test(field);
  const positive = negated ? field.charAt(3).toLowerCase() + field.slice(4) : field;
  return values.some((value) => valueMatches(positive, value, request)) !== negated;
}

function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes('unknown') ? 'unknown' : true;
}

function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes('unknown') ? 'unknown' : false;
}

function ruleHolds({ from, to, when = [] }: Rule, { action }: Policy, request: MeshRequest): boolean {
  const http = (to ?? []).some(({ operation }) => Object.keys(operation).some((field) => HTTP_FIELDS.test(field)));
  if (phaseOf(request) === 'tcp' && action === 'ALLOW' && http) return false;
  const fieldsHold = (fields: Fields): Truth =>
    allOf(Object.entries(fields).map(([field, values]) => listHolds(field, values, request)));
  const truth = allOf([
    from === undefined ? true : anyOf(from.map(({ source }) => fieldsHold(source))),
    to === undefined ? true : anyOf(to.map(({ operation }) => fieldsHold(operation))),
    ...when.map(({ key, values, notValues }) => {
      const holds = (list: readonly string[]): Truth => listHolds(key, list, request);
      return allOf([
        values === undefined ? true : holds(values),
        notValues === undefined ? true : holds(notValues) === false,
      ]);
    }),
  ]);
  if (truth !== 'unknown') return truth;
  // On TCP a DENY is widened; before the first request only an ALLOW takes what is possible for true.
  return phaseOf(request) === 'tcp' || action === 'ALLOW';
}

function expected(policies: readonly Policy[], request: MeshRequest): string {
  const holds = (action: Policy['action']): boolean =>
    policies.some(
      (policy) => policy.action === action && policy.rules.some((rule) => ruleHolds(rule, policy, request)),
    );
  if (holds('DENY')) return 'forbid';
  if (holds('ALLOW')) return 'permit';
  if (policies.some(({ action }) => action === 'ALLOW')) return 'abstain';
  return policies.length > 0 ? 'permit' : 'abstain';
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  principals: ['td/ns/a/sa/x', 'td/ns/a/*', '*/sa/x', '*', 'td/ns/b/sa/y'],
  namespaces: ['a', 'b', '*', 'a*', '*b'],
  ipBlocks: ['10.0.0.1', '10.0.0.0/8', '11.0.0.0/8'],
  methods: ['GET', 'POST', 'P*', '*T', '*'],
  paths: ['/', '/a', '/a/*', '*/b', '*'],
  hosts: ['a.example', '*.example', 'A.*', 'b'],
  ports: ['80', '443'],
};

function lists(...fields: readonly string[]): fc.Arbitrary<Fields> {
  const entries = fields.flatMap((field) =>
    [field, `not${field.charAt(0).toUpperCase()}${field.slice(1)}`].map((name) => {
      const values = fc.uniqueArray(fc.constantFrom(...(VALUES[field] ?? [])), { minLength: 1, maxLength: 3 });
      return [name, values] as const;
    }),
  );
  return fc
    .record(Object.fromEntries(entries), { requiredKeys: [] })
    .filter((found) => Object.keys(found).length > 0) as fc.Arbitrary<Fields>;
}

const conditions = fc
  .constantFrom<readonly [key: string, field: string]>(
    ['source.principal', 'principals'],
    ['source.ip', 'ipBlocks'],
    ['destination.port', 'ports'],
  )
  .chain(([key, field]) => {
    const values = fc.uniqueArray(fc.constantFrom(...(VALUES[field] ?? [])), { minLength: 1, maxLength: 2 });
    return fc.oneof(
      values.map((list) => ({ key, values: list })),
      values.map((list) => ({ key, notValues: list })),
    );
  });

function some<T>(items: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(items, { minLength: 1, maxLength: 2 });
}

const rules = fc.record(
  {
    from: some(fc.record({ source: lists('principals', 'namespaces', 'ipBlocks') })),
    to: some(fc.record({ operation: lists('methods', 'paths', 'hosts', 'ports') })),
    when: some(conditions),
  },
  { requiredKeys: [] },
);
const policySets = fc.array(
  fc.oneof(
    fc.record({ action: fc.constant('ALLOW' as const), rules: fc.array(rules, { maxLength: 3 }) }),
    fc.record({ action: fc.constant('DENY' as const), rules: fc.array(rules, { minLength: 1, maxLength: 2 }) }),
  ),
  { maxLength: 3 },
);

const requests = fc
  .record({
    principal: fc.constantFrom('', 'td/ns/a/sa/x', 'td/ns/b/sa/y', 'td/ns/ab/sa/x', 'other/ns/a/sa/z', 'td'),
    sourceIp: fc.constantFrom('10.0.0.1', '10.7.0.1', '11.0.0.1', '12.0.0.1'),
    destinationPort: fc.constantFrom(80, 443, 1),
    protocol: fc.constantFrom('http' as const, 'tcp' as const),
    http: fc.option(
      fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT', 'get'),
        path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/A', '/b'),
        host: fc.constantFrom('a.example', 'A.EXAMPLE', 'b', 'a.example:80', 'c.test'),
      }),
    ),
  })
  .map(({ principal, http, ...rest }): MeshRequest => {
    const id = principal === '' ? {} : { principal: `spiffe://${principal}` as SpiffeId };
    return { ...rest, ...id, mtls: principal !== '', ...(http === null ? {} : { http }) };
  });

/** The outcomes that were met, in each phase; a seed makes the policies and requests the same each time. */
function compare(parameters: { readonly seed?: number }): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(policySets, fc.array(requests, { minLength: 20, maxLength: 20 }), (policies, asked) => {
      const objects = policies.map((spec, index) => ({
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { name: `p${index}`, namespace: 'n' },
        spec,
      }));
      const text = objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
      const set = compileMesh({ files: [{ file: 'p.yaml', text }], trustDomain: 'td' as TrustDomain });
      assert.ok(set.ok, text);
      const guard = set.value.forWorkload({ namespace: 'n', labels: {} });
      for (const request of asked) {
        const { kind } = guard.decide(request);
        assert.equal(kind, expected(policies, request), `${text}\n${JSON.stringify(request)}`);
        const key = `${phaseOf(request)} ${kind}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
        const { verdict, remedies } = guard.explain(request);
        assert.equal(verdict.kind, kind);
        const { http: _, ...opening } = request;
        if (kind === 'permit' && request.http !== undefined) {
          assert.equal(guard.decide({ ...opening, protocol: 'http' }).kind, 'permit', 'its connection was let in');
        }
        assert.equal(remedies.length === 0, kind === 'permit', 'a denial has a remedy, a permit has none');
      }
    }),
    { numRuns: 150, ...parameters },
  );
  return seen;
}

test('compiled policies decide what a plain reading of them says, and explain says the same', () => {
  compare({});
});

test('the comparison meets all outcomes in all phases, or it would say little', () => {
  const seen = compare({ seed: 7 });
  assert.equal(seen.size, 9, JSON.stringify([...seen]));
});
