/** Texts and JSON values that are almost right: where parsers break. */
import fc from 'fast-check';

/** What a mutation puts in: every token of the language, and characters that are easily read wrongly. */
const PIECES: readonly string[] = [
  ...['permit', 'forbid', 'when', 'unless', 'principal', 'action', 'resource', 'context', '?principal', '?resource'],
  ...[
    'if ',
    ' then ',
    ' else ',
    'true',
    'false',
    ' in ',
    ' is ',
    ' has ',
    ' like ',
    '__cedar',
    '__cedar::',
    '@id("x")',
    '@if',
  ],
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '.',
    ',',
    ';',
    ':',
    '::',
    '&&',
    '||',
    '!',
    '!!!!!',
    '-----',
    '==',
    '=',
    '!=',
    '<',
    '<=',
    '>',
  ],
  ...[
    '>=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '\\',
    '"',
    "'",
    '"\\u{110000}"',
    '"\\x80"',
    '"\\u{d800}"',
    '"\\q"',
    '"\\*"',
    '"a\\0b"',
  ],
  ...[
    '0',
    '-9223372036854775808',
    '9223372036854775807',
    '9223372036854775808',
    '00',
    '1e3',
    '1.5',
    '0x1',
    'a',
    'é',
    '_',
  ],
  ...[
    '//',
    '/*',
    '\n',
    '\r',
    '\t',
    ' ',
    '\u00a0',
    '\ufeff',
    '\u2028',
    '\u{1F511}',
    '\0',
    'ip("1.1.1.1")',
    'decimal(',
    'foo(1)',
  ],
  ...[
    '.contains(',
    '.isEmpty()',
    '.getTag("a")',
    '.foo()',
    'Action::"a"',
    'A::B::"c"',
    'User::',
    '["a"]',
    'principal has a.b',
  ],
];

/** Tokens that often stand where another of the same row does: what comes out is often well formed again. */
const ALIKE: readonly (readonly string[])[] = [
  [
    ' && ',
    ' || ',
    ' == ',
    ' != ',
    ' < ',
    ' <= ',
    ' > ',
    ' >= ',
    ' + ',
    ' - ',
    ' * ',
    ' in ',
    ' has ',
    ' like ',
    ' is ',
    ', ',
  ],
  [
    'true',
    '0',
    '-9223372036854775808',
    '"a"',
    '"*"',
    'context',
    'principal',
    'User',
    'User::"a"',
    'a',
    '[]',
    '{}',
    'ip("::1")',
  ],
  [
    'contains',
    'containsAll',
    'containsAny',
    'isEmpty',
    'getTag',
    'hasTag',
    'isIpv4',
    'isInRange',
    'toDate',
    'offset',
    'ip',
    'foo',
  ],
  ['(', ')', '[', ']', '{', '}', '.', '!', '-', '!!!!!', '::', ';'],
  ['permit', 'forbid', 'when', 'unless', 'if', 'then', 'else', 'is', 'in', 'has', '@a', '?principal'],
];

type Mutation =
  /** `at` is a fraction of the text, so that the same mutation fits every text. */
  | { readonly kind: 'splice'; readonly at: number; readonly remove: number; readonly insert: string }
  /** The token at `at` becomes one of its row. */
  | { readonly kind: 'exchange'; readonly at: number; readonly choice: number };

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const splice: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('splice'),
  at: fraction,
  remove: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 30 })),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES)),
});
const exchange: fc.Arbitrary<Mutation> = fc.record({ kind: fc.constant('exchange'), at: fraction, choice: fraction });

function mutate(text: string, mutation: Mutation): string {
  switch (mutation.kind) {
    case 'splice': {
      const start = Math.floor(mutation.at * text.length);
      return (text.slice(0, start) + mutation.insert + text.slice(start + mutation.remove)).toWellFormed();
    }
    case 'exchange': {
      const tokens = text.match(/"(?:[^"\\]|\\.)*"|\w+|\s+|&&|\|\||[=!<>]=|::|[^\w\s"]|"/gu) ?? [];
      const index = Math.floor(mutation.at * tokens.length);
      const token = tokens[index] ?? '';
      const row = ALIKE.find((tokens_) => tokens_.some((alike) => alike.trim() === token)) ?? ALIKE[1] ?? [];
      const other = row[Math.floor(mutation.choice * row.length)] ?? '';
      // Where only space stands is nothing to exchange.
      return token.trim() === '' ? text : [...tokens.slice(0, index), other, ...tokens.slice(index + 1)].join('');
    }
  }
}

export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const mutations = fc.oneof(
    { weight: 2, arbitrary: fc.array(splice, { minLength: 1, maxLength: 2 }) },
    { weight: 3, arbitrary: fc.array(exchange, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(text, mutations).map(([original, list]) => list.reduce(mutate, original));
}

/** Every value of a JSON value, itself first, with the way to it. */
function* places(json: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof json !== 'object' || json === null) return;
  for (const [name, value] of Object.entries(json)) yield* places(value, [...path, name]);
}

function valueAt(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], json);
}

/** A copy with another value in one place, or without it. */
function replaced(json: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const inner = replaced((json as Record<string, unknown>)[name], rest, value);
  if (Array.isArray(json)) {
    return json.flatMap((element: unknown, index) => {
      if (index !== Number(name)) return [element];
      return inner === undefined ? [] : [inner];
    });
  }
  const entries = Object.entries({ ...(json as object), [name]: inner });
  return Object.fromEntries(entries.filter(([, field]) => field !== undefined));
}

const JSON_PIECES: readonly unknown[] = [
  ...[
    undefined,
    null,
    true,
    false,
    0,
    -1,
    1.5,
    2 ** 53 - 1,
    '',
    'principal',
    'a',
    'Action',
    'A::B',
    '*',
    [],
    {},
    [[]],
    ['a'],
  ],
  ...[
    { Value: 1 },
    { Value: null },
    { Value: { __entity: { type: 'A', id: '' } } },
    { Var: 'context' },
    { Slot: '?principal' },
  ],
  ...[
    { Value: { __extn: { fn: 'ip', arg: 'x' } } },
    { Unknown: { name: 'x' } },
    { ip: [{ Value: '1.1.1.1' }] },
    { ip: [] },
  ],
  ...[{ Set: [] }, { Record: {} }, { '!': { arg: { Value: true } } }, { op: 'All' }, { op: '==', slot: '?resource' }],
  ...[{ foo: [] }, { '&&': { left: { Value: true } } }, { has: { left: { Var: 'context' }, attr: ['a', 'b'] } }],
];

type JsonMutation = { readonly at: number; readonly change: JsonChange };
type JsonChange =
  | { readonly kind: 'put'; readonly value: unknown }
  | { readonly kind: 'copy'; readonly from: number }
  | { readonly kind: 'rename'; readonly name: string };

const jsonMutation: fc.Arbitrary<JsonMutation> = fc.record({
  at: fraction,
  change: fc.oneof(
    fc.constantFrom(...JSON_PIECES).map((value) => ({ kind: 'put', value }) as const),
    fraction.map((from) => ({ kind: 'copy', from }) as const),
    fc
      .constantFrom('left', 'arg', 'Value', '==', 'decimal', '__proto__', 'entity')
      .map((name) => ({ kind: 'rename', name }) as const),
  ),
});

export function mutateJson(json: unknown, { at, change }: JsonMutation): unknown {
  const all = [...places(json)].slice(1);
  const path = all[Math.floor(at * all.length)];
  if (path === undefined) return json;
  switch (change.kind) {
    case 'put':
      return replaced(json, path, change.value);
    case 'copy':
      return replaced(json, path, valueAt(json, all[Math.floor(change.from * all.length)] ?? path));
    case 'rename': {
      const without = replaced(json, path, undefined);
      const parent = path.slice(0, -1);
      if (Array.isArray(valueAt(json, parent))) return without;
      return replaced(without, [...parent, change.name], valueAt(json, path));
    }
  }
}

export const jsonMutations: fc.Arbitrary<readonly JsonMutation[]> = fc.array(jsonMutation, {
  minLength: 1,
  maxLength: 3,
});
