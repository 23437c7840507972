/** Caveats: what is refused where, what is decided, and what is missing to decide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../../kernel/json.ts';
import { excerpt } from '../../../kernel/source-span.ts';
import { parseSchema } from '../schema/parse-schema.ts';
import { compileCaveat, type CaveatOutcome, type CompiledCaveat } from './compile-caveat.ts';
import { checkRequestContext, checkStoredContext } from './check-context.ts';
import { MAX_EXPRESSION_NESTING, MAX_REQUEST_CONTEXT_BYTES, MAX_STORED_CONTEXT_BYTES } from './limits.ts';

function caveat(parameters: string, expression: string): CompiledCaveat {
  const text = `caveat test(${parameters}) {\n  ${expression}\n}`;
  const schema = parseSchema({ file: 'a.zed', text });
  assert.ok(schema.ok, schema.ok ? '' : schema.problem.map(({ message }) => message).join('\n'));
  const definition = schema.value.caveats.get('test');
  assert.ok(definition !== undefined);
  const compiled = compileCaveat(definition, schema.value.source);
  assert.ok(compiled.ok);
  return compiled.value;
}

function outcome(parameters: string, expression: string, request: JsonObject, stored: JsonObject = {}): CaveatOutcome {
  return caveat(parameters, expression).evaluate(stored, request);
}

/** `true`, `false`, `?a b` for what is missing, or the message of an error. */
function shown(result: CaveatOutcome): string {
  if (result.kind === 'conditional') return `?${result.missing.join(' ')}`;
  return result.kind === 'error' ? result.problem.message : result.kind;
}

/** Each problem with what it marks. */
function refusals(parameters: string, expression: string): readonly string[] {
  const text = `caveat test(${parameters}) {\n  ${expression}\n}`;
  const parsed = parseSchema({ file: 'a.zed', text });
  if (parsed.ok) return [];
  return parsed.problem.map(({ message, hint, at }) => {
    const [line = '', carets = ''] = at === undefined ? [] : excerpt(text, at).split('\n');
    const marked = line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1);
    return `${message} / at ${marked}${hint === undefined ? '' : ` / ${hint}`}`;
  });
}

test('types that only values can tell apart are left to the evaluation', () => {
  assert.deepEqual(refusals('a bool, b any, c int', '(a ? b : "x") == c'), []);
  assert.deepEqual(refusals('a timestamp, b ipaddress, c duration', 'a != null && b != null && c != null'), []);
  assert.deepEqual(refusals('a string', 'matches(a, "^x") || a.matches("y$")'), []);
  assert.deepEqual(refusals('a list<int>', 'a.map(x, string(x)) + [] == ["1"]'), []);
});

const DECIDED: readonly (readonly [parameters: string, expression: string, context: JsonObject, wanted: string])[] = [
  ['a int, b int', 'a < b', { a: 1, b: 2 }, 'true'],
  ['a int, b int', 'a < b', { a: '9223372036854775807', b: 2 }, 'false'],
  ['a int', 'a + 1 > 0', { a: '9223372036854775807' }, 'the caveat `test` cannot be decided: int overflow during _+_'],
  ['a uint', 'a == 3', { a: 3 }, 'true'],
  ['a double', 'a >= 1.5', { a: '1.5' }, 'true'],
  ['a bytes', 'a == b"ab"', { a: 'YWI=' }, 'true'],
  ['a duration', 'a > duration("1h")', { a: '1h0.5s' }, 'true'],
  ['a timestamp', 'a.getHours() == 2 && a.getDayOfYear() == 72', { a: '2022-03-14T04:30:00+02:00' }, 'true'],
  ['a timestamp', 'a.getHours("America/New_York") == 3', { a: '2022-03-13T07:30:00Z' }, 'true'],
  ['a timestamp', 'a.getHours("+05:30") == 13', { a: '2022-03-13T07:30:00Z' }, 'true'],
  ['a timestamp', 'timestamp(1700000000) == a', { a: '2023-11-14T22:13:20Z' }, 'true'],
  ['a timestamp', 'a.getMilliseconds() == 999 && a.getFullYear() == 2021', { a: '2021-12-31T23:59:59.9999Z' }, 'true'],
  ['a duration', 'int(a) == 1500000000 && a.getMilliseconds() == 1500', { a: '1.5s' }, 'true'],
  [
    'a duration',
    'a == duration(1)',
    { a: '1s' },
    'the caveat `test` cannot be decided: an integer is no duration: it has no unit',
  ],
  ['a string', 'a < "ｚ" || a >= "😁"', { a: '😀' }, 'false'],
  ['a any', 'has(a.b.c) && "c" in a.b && a.b.c == null', { a: { b: { c: null } } }, 'true'],
  ['a map<any>', 'has(a.b) && !has(a.c) && !("c" in a)', { a: { b: null } }, 'true'],
  ['a ipaddress', 'a.in_cidr("10.0.0.0/8")', { a: '10.20.30.40' }, 'true'],
  ['a ipaddress', 'a.in_cidr("10.0.0.0/8")', { a: '::ffff:10.20.30.40' }, 'true'],
  ['a ipaddress', 'a.in_cidr("2001:db8::/32")', { a: '2001:db8:1::1' }, 'true'],
  [
    'a ipaddress',
    'a.in_cidr("10.0.0.0")',
    { a: '10.20.30.40' },
    'the caveat `test` cannot be decided: `10.0.0.0` is no network',
  ],
  ['a ipaddress, b ipaddress', 'a == b', { a: '::1', b: '0:0:0:0:0:0:0:1' }, 'true'],
  ['a list<string>', '"b" in a && size(a) == 2', { a: ['a', 'b'] }, 'true'],
  ['a map<any>, b map<any>', 'a.isSubtreeOf(b)', { a: { x: { y: 1 } }, b: { x: { y: 1, z: 2 }, w: [] } }, 'true'],
  ['a map<any>, b map<any>', 'a.isSubtreeOf(b)', { a: { x: { y: 1 } }, b: { x: { y: '1' } } }, 'false'],
  ['a map<int>', 'a.x == 1', { a: {} }, 'the caveat `test` cannot be decided: field not found: x'],
  ['a map<int>', 'has(a.x)', { a: {} }, 'false'],
  ['a any', 'a.x.y == "z"', { a: { x: { y: 'z' } } }, 'true'],
  ['a string', 'a.matches("^(a+)+$")', { a: `${'a'.repeat(3000)}!` }, 'false'],
  ['a int, b int', 'a == 1 && b == 2', { a: 1 }, '?b'],
  ['a int, b int', 'a == 1 && b == 2', { a: 2 }, 'false'],
  ['a int, b int', 'a == 1 || b == 2', { a: 1 }, 'true'],
  ['a int, b int', 'a == 1 || b == 2', { b: 1 }, '?a'],
  ['a int, b int', 'a + b == 3', {}, '?a b'],
  ['a bool, b int, c int', 'a ? b == 1 : c == 1', {}, '?a'],
  ['a bool, b int, c int', 'a ? b == 1 : c == 1', { a: false }, '?c'],
  ['a list<int>, b int', 'a.exists(x, x == b)', { a: [] }, 'false'],
  ['a list<int>, b int', 'a.exists(x, x == b)', { a: [1] }, '?b'],
  ['a list<int>, b int', 'a.exists(x, x == 1 || x == b)', { a: [1] }, 'true'],
  ['a list<int>, b int', 'a.map(x, x + 1).filter(y, y > b) == [3]', { a: [1, 2], b: 2 }, 'true'],
  ['a int', '1 / a > 0', { a: 0 }, 'the caveat `test` cannot be decided: int divide by zero'],
  ['a int, b int', '1 / a > 0 && b > 0', { a: 0 }, '?b'],
  ['a int, b int', '(1 / a > 0 || b > 0) || false', { a: 0 }, '?b'],
  ['a int, b int', '1 / a == b', { a: 0 }, 'the caveat `test` cannot be decided: int divide by zero'],
  ['a list<int>, b int', 'a.exists(x, 1 / x == 9 || x > b) || false', { a: [0, 1] }, '?b'],
  [
    'a list<int>, b int',
    'a.map(x, 1 / x + b) == a',
    { a: [0, 1] },
    'the caveat `test` cannot be decided: int divide by zero',
  ],
  ['a any', 'a == null', { a: null }, 'true'],
  ['constructor int, toString int', 'constructor == 1 && toString == 2', { constructor: 1 }, '?toString'],
  [
    'a any',
    'a.fields.x == 1.0',
    { a: { $typeName: 'google.protobuf.Struct', fields: { x: 1 }, constructor: 1 } },
    'true',
  ],
];

for (const [parameters, expression, context, wanted] of DECIDED) {
  test(`${expression} with ${JSON.stringify(context).slice(0, 60)} is ${wanted}`, () => {
    assert.equal(shown(outcome(parameters, expression, context)), wanted);
  });
}

test('what is stored goes before what the request says', () => {
  assert.equal(outcome('a int', 'a == 1', { a: 2 }, { a: 1 }).kind, 'true');
  assert.equal(outcome('a int', 'a == 1', { a: 'no number' }, { a: 1 }).kind, 'true');
});

const MISMATCHES: readonly (readonly [type: string, value: JsonValue, wanted: string, given: string])[] = [
  ['int', 1.5, 'an integer of 64 bits', 'the number `1.5`'],
  ['int', '9223372036854775808', 'an integer of 64 bits', 'the string `9223372036854775808`'],
  ['uint', -1, 'an integer from 0 of 63 bits', 'the number `-1`'],
  ['double', 'x', 'a number', 'the string `x`'],
  ['bool', 'true', 'a boolean', 'the string `true`'],
  ['string', 1, 'a string', 'the number `1`'],
  ['string', null, 'a string', 'null'],
  ['bytes', 'YWI', 'bytes in base64', 'the string `YWI`'],
  ['duration', '1 hour', 'a duration such as `1h30m`', 'the string `1 hour`'],
  [
    'timestamp',
    '2022-02-30T00:00:00Z',
    'a time of RFC 3339 such as `2026-01-31T12:00:00Z`',
    'the string `2022-02-30T00:00:00Z`',
  ],
  ['ipaddress', '10.0.0.01', 'an IP address', 'the string `10.0.0.01`'],
  ['list<int>', [1, 'x'], 'an integer of 64 bits', 'the string `x` at index 1'],
  ['map<int>', { a: true }, 'an integer of 64 bits', 'the boolean `true` at `a`'],
  ['map<int>', [1], 'a map', 'a list'],
];

for (const [type, value, wanted, given] of MISMATCHES) {
  test(`${JSON.stringify(value)} is refused as ${type}`, () => {
    const result = outcome(`a ${type}`, 'type(a) == type(a)', { a: value });
    const start = `the parameter \`a\` of the caveat \`test\` has the type \`${type}\``;
    assert.equal(shown(result), `${start}: expected ${wanted}, found ${given}`);
    assert.equal(result.kind === 'error' && result.problem.code, 'relations/context-type');
  });
}

test('a stored context has known parameters of the right types only', () => {
  const { parameters } = caveat('a int', 'a == 1');
  assert.equal(checkStoredContext('test', parameters, { a: 1 }), undefined);
  assert.equal(checkStoredContext('test', parameters, { b: 1 })?.code, 'relations/context-unknown');
  assert.equal(checkStoredContext('test', parameters, { a: 'x' })?.code, 'relations/context-type');
});

test('contexts have a size, in bytes', () => {
  const { parameters } = caveat('a string', 'a == "x"');
  const context = (bytes: number): JsonObject => ({ a: 'é'.repeat((bytes - 8) / 2) });
  assert.equal(checkRequestContext(context(MAX_REQUEST_CONTEXT_BYTES)), undefined);
  assert.equal(checkRequestContext(context(MAX_REQUEST_CONTEXT_BYTES + 2))?.code, 'relations/limit');
  assert.equal(checkStoredContext('test', parameters, context(MAX_STORED_CONTEXT_BYTES)), undefined);
  assert.equal(checkStoredContext('test', parameters, context(MAX_STORED_CONTEXT_BYTES + 2))?.code, 'relations/limit');
});

const REFUSED: readonly (readonly [parameters: string, expression: string, problem: string])[] = [
  ['a list<int>, b list<string>', 'a + b == a', '`+` cannot be applied to `list<int>` and `list<string>` / at +'],
  [
    'a int',
    'a < 9223372036854775808',
    'the integer `9223372036854775808` has more than 64 bits / at 9223372036854775808',
  ],
  ['amount int', 'amuont < 1 && amount < 2', 'there is no parameter `amuont` / at amuont / did you mean `amount`?'],
  ['a int, b int', 'a < 1', 'the parameter `b` of the caveat `test` is not used / at caveat test(a int, b int) {'],
  [
    'a int',
    'a + 1',
    'a caveat is a condition, and the expression has the type `int` / at + / compare it with something',
  ],
  ['a any', 'a', 'a caveat is a condition, and the expression has the type `any` / at a / compare it with something'],
  ['a int', 'a == "x"', '`==` cannot be applied to `int` and `string` / at =='],
  ['a int', 'a < 1.5', '`<` cannot be applied to `int` and `double` / at <'],
  ['a int', 'a < 1u', '`<` cannot be applied to `int` and `uint` / at <'],
  ['a ipaddress', 'a == "1.2.3.4"', '`==` cannot be applied to `ipaddress` and `string` / at =='],
  ['a string', 'a.in_cidr("1.2.3.0/24")', '`in_cidr` cannot be applied to `string` on `string` / at .in_cidr'],
  ['a list<string>', '1 in a', '`in` cannot be applied to `int` and `list<string>` / at in'],
  ['a string', 'a.startWith("b")', 'there is no function `startWith` / at .startWith / did you mean `startsWith`?'],
  ['a string', 'a.b == "c"', 'a value of the type `string` has no field `b` / at .b'],
  ['a int', 'a.exists(x, x == 1)', 'a loop goes over a list or a map, and this has the type `int` / at .exists'],
  ['a list<int>', 'a.all(x, x + 1)', '`&&` cannot be applied to `bool` and `int` / at .all'],
  ['a int', 'a ==', 'the expression is no CEL: `=` cannot stand here / at ='],
  ['a int', 'a < < 1', 'the expression is no CEL: `<` cannot stand here / at <'],
];

for (const [parameters, expression, problem] of REFUSED) {
  test(`${expression} is refused for (${parameters})`, () => {
    assert.deepEqual(refusals(parameters, expression), [problem]);
  });
}

test('nesting is bounded, whatever brackets stand in strings', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)} == "${'('.repeat(500)}"`;
  assert.deepEqual(refusals('a string', nested(MAX_EXPRESSION_NESTING)), []);
  assert.match(refusals('a string', nested(20_000))[0] ?? '', /nests deeper than 100/u);
  assert.match(refusals('a int', `${'a + '.repeat(20_000)}a == 1`)[0] ?? '', /higher than 500/u);
  assert.match(refusals('a bool', `${'a ? a : '.repeat(10_000)}a`)[0] ?? '', /higher than 500|too deep/u);
  assert.deepEqual(refusals('a bool', `${'a && '.repeat(5000)}a`), []);
});

test('loops within loops end', () => {
  const items = Array.from({ length: 1000 }, (_, index) => index);
  const result = outcome('a list<int>', 'a.all(x, a.all(y, a.all(z, x + y + z >= 0)))', { a: items });
  assert.match(shown(result), /more than 50000 turns/u);
  assert.equal(outcome('a list<int>', 'a.all(x, a.all(y, x + y >= 0))', { a: items.slice(0, 200) }).kind, 'true');
});

test('what is decided without a value stays so with any value of it', () => {
  const atom = fc.constantFrom('a == 1', 'b == 1', 'c == 1', '1 / a == 1', 'a + b == c', '[a, b].exists(x, x == c)');
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc
        .tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression'))
        .map(([l, o, r]) => `(${l} ${o} ${r})`),
      tie('expression').map((inner) => `!(${inner})`),
      fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([i, t, e]) => `(${i} ? ${t} : ${e})`),
    ),
  }));
  const value = fc.integer({ min: 0, max: 2 });
  const partial = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
  const full = fc.record({ a: value, b: value, c: value });
  fc.assert(
    fc.property(expression, partial, full, (text, known, rest) => {
      const compiled = caveat('a int, b int, c int', `(${text}) || [a, b, c] == [9]`);
      const before = compiled.evaluate({}, known);
      const after = compiled.evaluate(known, rest);
      if (before.kind === 'true' || before.kind === 'false') assert.equal(after.kind, before.kind);
      if (before.kind !== 'conditional') return;
      assert.ok(before.missing.length > 0);
      for (const name of before.missing) assert.ok(!(name in known), `\`${name}\` is there`);
      // With what it asked for it gets further: in the end nothing is missing.
      const context = new Map(Object.entries(known));
      for (let round = 0, next = before as CaveatOutcome; next.kind === 'conditional'; round += 1) {
        assert.ok(round < 4, 'it asks for ever');
        for (const name of next.missing) context.set(name, 1);
        next = compiled.evaluate({}, Object.fromEntries(context));
      }
    }),
    { numRuns: 100 },
  );
});
