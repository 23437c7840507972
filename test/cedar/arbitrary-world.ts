/**
 * Entities and requests without a schema, made so that policies find what they ask for, mostly: few ids, attributes
 * that are usually there and usually of the type that their name promises, numbers near the limits, hostile names.
 */
import fc from 'fast-check';

import type { CedarJson, CedarJsonObject } from '../../src/policy/cedar/authorize/cedar-request.ts';
import type { EntityUid } from '../../src/policy/cedar/entity-uid.ts';

/** The types of values, each with the attribute that usually holds one. */
export const ATTRIBUTE_OF = {
  bool: 'flag',
  long: 'n',
  string: '__proto__',
  entity: 'owner',
  set: 'set',
  record: 'constructor',
  ip: 'ip',
  decimal: 'a b',
  datetime: 'at',
  duration: 'if',
} as const;

export type ValueKind = keyof typeof ATTRIBUTE_OF;
export const VALUE_KINDS = Object.keys(ATTRIBUTE_OF) as ValueKind[];

export type WorldEntity = {
  readonly uid: EntityUid;
  readonly attrs: CedarJsonObject;
  readonly parents: readonly EntityUid[];
  readonly tags: CedarJsonObject;
};

export type WorldRequest = {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: CedarJsonObject;
};

export type World = { readonly entities: readonly WorldEntity[]; readonly requests: readonly WorldRequest[] };

/** Every entity that anything names; an entity may have those after it as parents, so that there is no cycle. */
export const UIDS: readonly EntityUid[] = [
  { type: 'User', id: 'a' },
  { type: 'User', id: '__proto__' },
  { type: 'Shop::Doc', id: '' },
  { type: 'Shop::Doc', id: 'constructor' },
  { type: 'Action', id: 'read' },
  { type: 'Action', id: 'write' },
  { type: 'Team', id: 'a' },
  { type: 'Team', id: '\u{1F511}"\\*' },
  { type: 'Team', id: 'all' },
  { type: 'Action', id: 'any' },
];

export const LONGS: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  2n ** 31n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  3037000500n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
export const STRINGS: readonly string[] = [
  '',
  'a',
  'ab',
  'aab',
  '*',
  'a*b',
  '\u0000',
  'é',
  'e\u0301',
  '\u{1F511}',
  'n',
  'flag',
];
export const IPS: readonly string[] = [
  ...['127.0.0.1', '127.0.0.0/8', '10.0.0.0/8', '10.1.2.3', '10.1.2.3/32', '10.0.0.0/9', '0.0.0.0/0', '224.0.0.1'],
  ...['239.0.0.0/7', '::1', '::1/128', '::/0', 'ff02::1/16', 'ff00::/7', '0:0:0:0:0:0:0:1'],
];
export const DECIMALS: readonly string[] = [
  ...['0.0', '-0.0', '0.5', '-0.5', '00.5000', '1.2345', '922337203685477.5807', '-922337203685477.5808'],
];
export const DATETIMES: readonly string[] = [
  ...['1970-01-01', '1970-01-01T00:00:00Z', '1970-01-01T01:00:00+0100', '1970-01-02', '1969-12-31T23:59:59.999Z'],
  ...['2024-02-29T23:59:59Z', '0000-01-01', '9999-12-31T23:59:59.999+2359'],
];
export const DURATIONS: readonly string[] = [
  ...['0ms', '1m', '60s', '60000ms', '1h', '60m', '1d', '24h', '-1d', '-1ms', '1d2h3m4s5ms'],
  ...['9223372036854775807ms', '-9223372036854775808ms', '106751991167d'],
];
/** Not in any of the forms: an error where a policy makes the value, a refusal where data holds it. */
export const MALFORMED: readonly string[] = [
  '1.0.0.0.0',
  '1.23456',
  '2024-02-30',
  '1s1d',
  '',
  '::ffff:1.2.3.4',
  '1',
  '+1.0',
];

/** One in so many entities, requests or attributes is not as the policies expect it. */
const RARELY = 12;

export function rarely<T, U>(
  usual: fc.Arbitrary<T>,
  rare: fc.Arbitrary<U>,
  weight: number = RARELY,
): fc.Arbitrary<T | U> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

const extension = (fn: string, texts: readonly string[]): fc.Arbitrary<CedarJson> => {
  return fc.constantFrom(...texts).map((arg) => ({ __extn: { fn, arg } }));
};

/** JSON gives small integers as numbers, large ones as bigints. */
const long = fc
  .constantFrom(...LONGS)
  .map((n) => (n === BigInt(Number(n)) && Math.abs(Number(n)) < 2 ** 53 ? Number(n) : n));

/** Of any type, as deep as a set of records. */
const value: fc.Arbitrary<CedarJson> = fc.oneof(
  { weight: 8, arbitrary: scalar() },
  { weight: 1, arbitrary: fc.array(scalar(), { maxLength: 3 }) },
  { weight: 1, arbitrary: attributes(scalarOf, 1) },
  { weight: 1, arbitrary: fc.array(attributes(scalarOf, 1), { maxLength: 2 }) },
);

function scalar(): fc.Arbitrary<CedarJson> {
  return fc.constantFrom(...VALUE_KINDS).chain(scalarOf);
}

function scalarOf(kind: ValueKind): fc.Arbitrary<CedarJson> {
  switch (kind) {
    case 'bool':
      return fc.boolean();
    case 'long':
      return long;
    case 'string':
      return fc.constantFrom(...STRINGS);
    case 'entity':
      return fc.constantFrom(...UIDS).map((uid) => ({ __entity: { ...uid } }));
    case 'set':
      return fc.constant([]);
    case 'record':
      return fc.constant({});
    case 'ip':
      return extension('ip', IPS);
    case 'decimal':
      return extension('decimal', DECIMALS);
    case 'datetime':
      return extension('datetime', DATETIMES);
    case 'duration':
      return extension('duration', DURATIONS);
  }
}

function valueOf(kind: ValueKind): fc.Arbitrary<CedarJson> {
  const simple = VALUE_KINDS.filter((other) => other !== 'set' && other !== 'record');
  if (kind === 'set') {
    // Some have more elements than are compared one by one.
    const sizes = rarely(fc.constant(3), fc.constant(12), 4);
    return fc.tuple(fc.constantFrom(...simple), sizes).chain(([element, maxLength]) => {
      return fc.array(rarely(scalarOf(element), value, 30), { maxLength });
    });
  }
  if (kind === 'record') return attributes((field) => rarely(scalarOf(field), value), 2);
  return scalarOf(kind);
}

/** Own properties, also under the name `__proto__`; of `present + 1` fields one is missing. */
function attributes(of: (kind: ValueKind) => fc.Arbitrary<CedarJson>, present: number): fc.Arbitrary<CedarJsonObject> {
  const fields = VALUE_KINDS.map((kind) => {
    const field = of(kind).map((json) => [ATTRIBUTE_OF[kind], json] as const);
    return rarely(field, fc.constant(undefined), present);
  });
  return fc.tuple(...fields).map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)));
}

const attrs = attributes((kind) => rarely(valueOf(kind), value, 30), 8);

const tags = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...STRINGS), value), { selector: ([name]) => name, maxLength: 2 })
  .map((entries): CedarJsonObject => Object.fromEntries(entries));

/** The entity of `UIDS[index]`. */
export function entityAt(index: number): fc.Arbitrary<WorldEntity> {
  const uid = UIDS[index] as EntityUid;
  // An action is in nothing but actions.
  const above = UIDS.slice(index + 1).filter(({ type }) => (type === 'Action') === (uid.type === 'Action'));
  return fc.record({ uid: fc.constant(uid), attrs, parents: fc.subarray(above), tags });
}

const entities = rarely(fc.constant(UIDS.map((_, index) => index)), fc.subarray(UIDS.map((_, index) => index)), 3)
  .chain((present) => fc.tuple(...present.map(entityAt)))
  .map((list) => list as readonly WorldEntity[]);

const STRANGER: EntityUid = { type: 'Stranger', id: 'x' };
const among = (type: string): fc.Arbitrary<EntityUid> => {
  return rarely(fc.constantFrom(...UIDS.filter((uid) => uid.type === type)), fc.constantFrom(...UIDS, STRANGER));
};

export const worldRequest: fc.Arbitrary<WorldRequest> = fc.record({
  principal: among('User'),
  action: among('Action'),
  resource: among('Shop::Doc'),
  context: attrs,
});

export const world: fc.Arbitrary<World> = fc.record({
  entities,
  requests: fc.array(worldRequest, { minLength: 1, maxLength: 4 }),
});
