/**
 * Policies as text, for the worlds of `arbitrary-world.ts`: typed expressions, so that most evaluate, with a wrong type
 * here and there, and operators side by side without parentheses.
 */
import fc from 'fast-check';

import {
  ATTRIBUTE_OF,
  DATETIMES,
  DECIMALS,
  DURATIONS,
  IPS,
  LONGS,
  MALFORMED,
  rarely,
  STRINGS,
  UIDS,
  VALUE_KINDS,
  type ValueKind,
} from './arbitrary-world.ts';

type Text = fc.Arbitrary<string>;

/** A string literal; what JSON writes as `\uXXXX` is `\u{XXXX}` in Cedar. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/\\u([0-9a-f]{4})/gu, '\\u{$1}');
}

const uidText: Text = fc.constantFrom(...UIDS).map(({ type, id }) => `${type}::${quote(id)}`);
const typeText: Text = fc.constantFrom(...new Set(UIDS.map(({ type }) => type)), 'Shop::Nothing');
const stringText: Text = fc.constantFrom(...STRINGS).map(quote);
const attributeText: Text = fc.constantFrom(...Object.values(ATTRIBUTE_OF), 'missing');

/** `*` is a wildcard, `\*` the character; both may stand beside anything. */
const patternText: Text = fc.oneof(
  fc
    .constantFrom('*', '**', 'a*', '*a', 'a*a', 'ab*b', 'a*b*b', '*ab*', 'a\\*b', '*\\**', '', 'a**b', 'aa*ab')
    .map((text) => `"${text}"`),
  fc
    .array(fc.constantFrom('*', '\\*', 'a', 'b', 'é', '\u{1F511}', '\\u{301}', '**'), { maxLength: 5 })
    .map((parts) => `"${parts.join('')}"`),
);

const call = (name: string, texts: readonly string[]): Text => {
  return rarely(fc.constantFrom(...texts), fc.constantFrom(...MALFORMED), 30).map((text) => `${name}(${quote(text)})`);
};

/** Alike in all but one respect, and more elements than are compared one by one. */
const SETS: readonly string[] = [
  ...['[]', '[1]', '[1, 2]', '[2, 1, 1]', '[1, 2, 7]', '["a"]', '["a", "ab"]', '[true, 1, "1"]', '[[1, 2], [2, 1]]'],
  ...[
    '[[1]]',
    '[[]]',
    '[{n: 1}]',
    '[{n: 1, flag: true}, {}]',
    '[User::"a"]',
    '[User::"a", Team::"a"]',
    '[Team::"all"]',
  ],
  ...['[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]', '[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]', '[decimal("1.0"), decimal("1.00")]'],
  ...['[9007199254740993, 9007199254740992]', '[9007199254740993]', '[ip("10.0.0.0/8"), ip("10.0.0.0")]'],
];

const RECORDS: readonly string[] = [
  ...['context', '{}', '{n: 1}', '{n: 1, flag: true}', '{flag: true, n: 1}', '{n: 2}', '{n: [1, 2]}', '{n: [2, 1, 2]}'],
  ...[
    'principal.constructor',
    'resource.constructor',
    '{constructor: {n: 1}}',
    '{"__proto__": 1}',
    '{owner: User::"a"}',
  ],
];

function literal(kind: ValueKind): Text {
  switch (kind) {
    case 'bool':
      return fc.constantFrom('true', 'false');
    case 'long':
      return fc.constantFrom(...LONGS).map(String);
    case 'string':
      return stringText;
    case 'entity':
      return fc.oneof(uidText, fc.constantFrom('principal', 'action', 'resource'));
    case 'set':
      return fc.constantFrom(...SETS);
    case 'record':
      return fc.constantFrom(...RECORDS);
    case 'ip':
      return call('ip', IPS);
    case 'decimal':
      return call('decimal', DECIMALS);
    case 'datetime':
      return call('datetime', DATETIMES);
    case 'duration':
      return call('duration', DURATIONS);
  }
}

/** `.name` where that is an identifier, otherwise `["name"]`. */
function access(operand: string, name: string): string {
  return /^(?:flag|n|owner|set|ip|at|constructor|missing)$/u.test(name)
    ? `${operand}.${name}`
    : `${operand}[${quote(name)}]`;
}

type Expressions = Record<ValueKind | 'any', string>;
type Tie = <K extends keyof Expressions>(kind: K) => fc.Arbitrary<Expressions[K]>;

/** Parts put into a template: `join('(', a, ' + ', b, ')')`. */
function join(...parts: readonly (string | Text)[]): Text {
  return fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((texts) => texts.join(''));
}

/** Each with how often it is taken: what most likely evaluates most often. */
function composed(kind: ValueKind, tie: Tie): readonly fc.MaybeWeightedArbitrary<string>[] {
  const variable = fc.constantFrom('principal', 'resource', 'context', 'action');
  const attribute = (operand: Text): Text => {
    return fc
      .tuple(operand, rarely(fc.constant(ATTRIBUTE_OF[kind]), attributeText, 30))
      .map(([text, name]) => access(/^\w+$/u.test(text) ? text : `(${text})`, name));
  };
  return [
    { weight: 12, arbitrary: attribute(variable) },
    { weight: 2, arbitrary: attribute(fc.oneof(tie('record'), tie('entity'))) },
    { weight: 2, arbitrary: join('(if ', tie('bool'), ' then ', tie(kind), ' else ', tie(kind), ')') },
    { weight: 1, arbitrary: join('(', tie('entity'), ').getTag(', rarely(stringText, tie('string')), ')') },
    ...specific(kind, tie),
  ];
}

const method = (receiver: Text, name: string | Text, ...arguments_: readonly Text[]): Text => {
  return join('(', receiver, ').', name, '(', ...arguments_, ')');
};

function specific(kind: ValueKind, tie: Tie): readonly Text[] {
  switch (kind) {
    case 'bool':
      return [...comparisons(tie), ...connectives(tie), ...sets(tie), ...extensionTests(tie)];
    case 'long':
      return [
        join('(', tie('long'), fc.constantFrom(' + ', ' - ', ' * '), tie('long'), ')'),
        join(fc.constantFrom('-', '--'), '(', tie('long'), ')'),
        join('(', tie('long'), ' * ', tie('long'), ' + ', tie('long'), ' - ', tie('long'), ')'),
        method(tie('duration'), fc.constantFrom('toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays')),
      ];
    case 'set':
      return VALUE_KINDS.map((element) =>
        fc.array(tie(element), { maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
      );
    case 'record':
      return [
        fc
          .uniqueArray(fc.tuple(attributeText, tie('any')), { selector: ([name]) => name, maxLength: 3 })
          .map(recordText),
      ];
    case 'datetime':
      return [method(tie('datetime'), 'offset', tie('duration')), method(tie('datetime'), 'toDate')];
    case 'duration':
      return [method(tie('datetime'), 'durationSince', tie('datetime')), method(tie('datetime'), 'toTime')];
    case 'ip':
    case 'decimal':
      return [join(kind, '(', tie('string'), ')')];
    case 'string':
    case 'entity':
      return [];
  }
}

function recordText(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([name, text]) => `${quote(name)}: ${text}`).join(', ')}}`;
}

function comparisons(tie: Tie): readonly Text[] {
  const order = fc.constantFrom(' < ', ' <= ', ' > ', ' >= ');
  return [
    ...VALUE_KINDS.map((kind) => join('(', tie(kind), fc.constantFrom(' == ', ' != '), tie(kind), ')')),
    join('(', tie('any'), ' == ', tie('any'), ')'),
    ...(['long', 'datetime', 'duration'] as const).map((kind) => join('(', tie(kind), order, tie(kind), ')')),
    join('(', tie('any'), order, tie('any'), ')'),
    join('(', tie('string'), ' like ', patternText, ')'),
    join('(', fc.oneof(tie('entity'), tie('record'), tie('any')), ' has ', attributeText.map(quote), ')'),
    join(
      '(',
      fc.oneof(tie('entity'), tie('record')),
      ' has constructor.',
      fc.constantFrom('n', 'flag', 'owner.n', 'constructor.n'),
      ')',
    ),
  ];
}

function connectives(tie: Tie): readonly Text[] {
  const loosely = fc.constantFrom(' && ', ' || ');
  return [
    join('!(', tie('bool'), ')'),
    join('(', tie('bool'), loosely, tie('bool'), ')'),
    join('(', tie('bool'), loosely, tie('bool'), loosely, tie('bool'), loosely, tie('bool'), ')'),
    join('(', tie('long'), ' + ', tie('long'), ' < ', tie('long'), loosely, '!(', tie('bool'), '))'),
  ];
}

function sets(tie: Tie): readonly Text[] {
  return [
    join('(', tie('entity'), ' in ', fc.oneof(tie('entity'), tie('set')), ')'),
    join('(', tie('entity'), ' in [', tie('entity'), ', ', tie('entity'), '])'),
    join('(', tie('entity'), ' is ', typeText, ')'),
    join('(', tie('entity'), ' is ', typeText, ' in ', fc.oneof(tie('entity'), tie('set')), ')'),
    method(tie('set'), 'contains', tie('any')),
    method(tie('set'), fc.constantFrom('containsAll', 'containsAny'), tie('set')),
    method(tie('set'), 'isEmpty'),
    method(tie('entity'), 'hasTag', tie('string')),
  ];
}

function extensionTests(tie: Tie): readonly Text[] {
  return [
    method(
      tie('decimal'),
      fc.constantFrom('lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'),
      tie('decimal'),
    ),
    method(tie('ip'), fc.constantFrom('isIpv4', 'isIpv6', 'isLoopback', 'isMulticast')),
    method(tie('ip'), 'isInRange', tie('ip')),
    // With a wrong number of arguments a call is well formed, and errs when it is reached.
    join('(', tie('ip'), ').', fc.constantFrom('isIpv4(1, 2)', 'isInRange()', 'isInRange(1, 2)')),
    join('(', fc.constantFrom('ip', 'decimal'), fc.constantFrom('()', '("::1", "1.0")'), ' == ', tie('any'), ')'),
  ];
}

/** Boolean expressions with at most so many operators one inside the other. */
function expressionsOf(maxDepth: number): Text {
  const { bool } = fc.letrec<Expressions>((tie) => {
    const of = (kind: ValueKind): Text => {
      const parts = [{ weight: 4, arbitrary: literal(kind) }, ...composed(kind, tie)];
      return rarely(fc.oneof({ maxDepth, depthSize: 'small' }, ...parts), tie('any'), 60);
    };
    const kinds = Object.fromEntries(VALUE_KINDS.map((kind) => [kind, of(kind)])) as Record<ValueKind, Text>;
    const literals = VALUE_KINDS.map(literal);
    const any = fc.oneof({ maxDepth: Math.min(2, maxDepth) }, ...literals, ...VALUE_KINDS.map((kind) => tie(kind)));
    return { ...kinds, any };
  });
  return bool;
}

function scope(name: string): Text {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(name) },
    { weight: 1, arbitrary: join(`${name} == `, uidText) },
    { weight: 2, arbitrary: join(`${name} in `, uidText) },
    { weight: 1, arbitrary: join(`${name} is `, typeText) },
    { weight: 1, arbitrary: join(`${name} is `, typeText, ' in ', uidText) },
  );
}

const actionText = fc
  .constantFrom(...UIDS.filter(({ type }) => type === 'Action'))
  .map(({ type, id }) => `${type}::${quote(id)}`);
const actionScope: Text = fc.oneof(
  { weight: 3, arbitrary: fc.constant('action') },
  join('action == ', actionText),
  join('action in ', actionText),
  fc.array(actionText, { maxLength: 3 }).map((actions) => `action in [${actions.join(', ')}]`),
);

const condition = join(rarely(fc.constant('when'), fc.constant('unless'), 3), ' { ', expressionsOf(3), ' }');

export const policyText: Text = fc
  .tuple(
    rarely(fc.constant('permit'), fc.constant('forbid'), 2),
    scope('principal'),
    actionScope,
    scope('resource'),
    fc.array(condition, { maxLength: 2 }),
  )
  .map(([effect, principal, action, resource, conditions]) => {
    return `${effect} (${principal}, ${action}, ${resource})${conditions.map((text) => `\n  ${text}`).join('')};`;
  });

/** With the slot of the principal, and maybe that of the resource. */
export const templateText: Text = fc
  .tuple(
    fc.constantFrom('permit', 'forbid'),
    fc.constantFrom('== ?principal', 'in ?principal', 'is User in ?principal'),
    actionScope,
    fc.constantFrom('', ' == ?resource', ' in ?resource'),
    fc.array(condition, { maxLength: 1 }),
  )
  .map(
    ([effect, principal, action, resource, conditions]) =>
      `${effect} (principal ${principal}, ${action}, resource${resource})${conditions.join('')};`,
  );

/** Many permits of one small condition each: whether it holds, does not or errs is seen of every one. */
export const operatorsText: Text = fc
  .array(fc.oneof(expressionsOf(1), expressionsOf(2)), { minLength: 1, maxLength: 100, size: 'max' })
  .map((conditions) => conditions.map((text) => `permit (principal, action, resource) when { ${text} };`).join('\n'));

export const policiesText: Text = fc
  .array(policyText, { minLength: 1, maxLength: 6 })
  .map((policies) => policies.join('\n'));
