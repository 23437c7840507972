/** The index leaves over what may hold, and little else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { BUILTINS } from '../builtins/registry.ts';
import { checkModules } from '../check/check-modules.ts';
import { type Backend, compileRego } from '../compile.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { parseModule } from '../parse/parse-module.ts';
import type { Definition } from '../program.ts';
import { get } from '../values/access.ts';
import { formatJson } from '../values/json.ts';
import type { RegoValue } from '../values/value.ts';
import type { Place } from './guards.ts';
import { definitionsFor, indexDefinitions, type Reader } from './rule-index.ts';

function definitionsOf(text: string, rule: string): readonly Definition[] {
  const module = parseModule({ file: 'policy.rego', text: `package p\n${text}` }, { regoVersion: 'v1' });
  assert.ok(module.ok);
  const checked = checkModules([module.value], { builtins: BUILTINS });
  assert.ok(checked.ok, JSON.stringify(checked));
  return checked.value.program.rules.get(`p\0${rule}`)?.definitions ?? [];
}

/** Reads as emitted readers do; only the input of an evaluation is looked at. */
function readerOf({ root, path }: Place): Reader {
  return ({ input }, ...values) => {
    let value = root === 'input' ? input : values[root];
    for (const part of path) value = value === undefined ? undefined : get(value, part);
    return value;
  };
}

/** The numbers of the definitions that are left over. */
function left(text: string, input: RegoValue, ...values: RegoValue[]): readonly number[] {
  const index = indexDefinitions(definitionsOf(text, 'allow'), readerOf);
  assert.ok(index !== undefined, 'there is no index');
  return definitionsFor(index, { input } as Evaluation, ...values);
}

function rules(bodies: readonly string[]): string {
  return bodies.map((body) => `allow if { ${body} }`).join('\n');
}

test('one of a thousand rules is found by the values that they are for', () => {
  const bodies = Array.from(
    { length: 1000 },
    (_, index) => `input.method == "M${index % 7}"; input.path = ["v1", "s${index}", x]; x != ""`,
  );
  const text = rules(bodies);
  assert.deepEqual(left(text, { method: 'M2', path: ['v1', 's415', 'o'] }), [415]);
  assert.deepEqual(left(text, { method: 'M2', path: ['v1', 's9999', 'o'] }), []);
  assert.deepEqual(left(text, { method: 'M2', path: 'v1' }), []);
  assert.deepEqual(left(text, {}), []);
});

test('membership in constants, arguments and values on either side are places as well', () => {
  const members = rules(Array.from({ length: 8 }, (_, index) => `input.action in {"a${index}", "b${index}"}`));
  assert.deepEqual(left(members, { action: 'b3' }), [3]);
  const sides = rules(Array.from({ length: 8 }, (_, index) => `"a${index}" == input.action`));
  assert.deepEqual(left(sides, { action: 'a3' }), [3]);
  const functions = Array.from({ length: 8 }, (_, index) => `allow(kind, x) if { kind == "k${index}"; x > 0 }`).join(
    '\n',
  );
  assert.deepEqual(left(functions, null, 'k5', 1), [5]);
  const constants = Array.from({ length: 8 }, (_, index) => `allow("k${index}", x) := x`).join('\n');
  assert.deepEqual(left(constants, null, 'k5', 1), [5]);
});

test('texts are told apart by how they begin, also those of which one begins with the other', () => {
  const beginnings = ['/', '/api/', '/api/orders/', '/api/users/', '/admin/', '/admin/users/'];
  const starts = rules(beginnings.map((beginning) => `startswith(input.path, "${beginning}")`));
  assert.deepEqual(left(starts, { path: '/api/orders/7' }), [0, 1, 2]);
  assert.deepEqual(left(starts, { path: '/metrics' }), [0]);
  assert.deepEqual(left(starts, { path: 'metrics' }), []);
  const globs = rules(beginnings.map((beginning) => `glob.match("${beginning}*", ["/"], input.path)`));
  assert.deepEqual(left(globs, { path: '/admin/x' }), [0, 4]);
});

test('what has no guard, or only one of several bodies, is left over always', () => {
  const bodies = [...Array.from({ length: 9 }, (_, index) => `input.a == ${index}`), 'input.b > 1'];
  assert.deepEqual(left(rules(bodies), { a: 4 }), [4, 9]);
  const alternatives = `${rules(bodies)}\nallow if { input.a == 100 } else := true if { input.c }`;
  assert.deepEqual(left(alternatives, { a: 4 }), [4, 9, 10]);
  const modified = `${rules(bodies)}\nallow if { input.a == 100 with input.a as 100 }`;
  assert.deepEqual(left(modified, { a: 4 }), [4, 9, 10]);
});

const value = fc.constantFrom<string>('"x"', '"xy"', '"y"', '1', '1.0', 'null', 'true', '[]', '"x/1"');
const place = fc.constantFrom('input.a', 'input.b', 'input.c.d', 'input.list[0]', 'first');
const guard = fc.oneof(
  fc.tuple(place, value).map(([at, is]) => `${at} == ${is}`),
  fc.tuple(place, value).map(([at, is]) => `${is} = ${at}`),
  fc.tuple(place, value, value).map(([at, one, other]) => `${at} in {${one}, ${other}}`),
  fc.tuple(value, value).map(([one, other]) => `input.list = [${one}, ${other}]`),
  fc.tuple(value).map(([is]) => `input.c = {"d": ${is}}`),
  fc.tuple(place, fc.constantFrom('x', 'xy', 'x/', 'y')).map(([at, is]) => `startswith(${at}, "${is}")`),
  fc.tuple(place, fc.constantFrom('x*', 'xy', '{x,y}*', 'x/?')).map(([at, is]) => `glob.match("${is}", ["/"], ${at})`),
  fc.constant('input.a != input.b'),
);
const ruleText = fc
  .tuple(fc.array(guard, { minLength: 1, maxLength: 3 }), fc.constantFrom('1', 'true', 'first'))
  .map(([guards, is]) => ({ body: guards.join('; '), is }))
  // `first` may be asked to be of two types at once.
  .filter(({ body, is }) => compileRego({ modules: [{ file: 'p.rego', text: functionText(body, is) }] }).ok);

function functionText(body: string, is: string): string {
  return `package p\nf(first) := ${is} if { ${body} }`;
}

test('what the index leaves out would not have held', () => {
  const given = fc.constantFrom<RegoValue>('x', 'xy', 'y', 1, null, true, [], 'x/1', {}, 2);
  const input = fc.record(
    { a: given, b: given, c: fc.oneof(given, fc.record({ d: given })), list: fc.oneof(given, fc.array(given)) },
    { requiredKeys: [] },
  );
  const property = fc.property(
    fc.array(ruleText, { minLength: 4, maxLength: 24 }),
    fc.array(input),
    given,
    (all, inputs, first) => {
      const text = [
        'package p',
        ...all.map(({ body, is }) => `f(first) := ${is} if { ${body} }`),
        ...all.map(({ body, is }, index) => `s contains [${index}, ${is}] if { first := data.first; ${body} }`),
        'r := f(data.first)',
      ].join('\n');
      const asked = (backend: Backend): string[] => {
        const policy = compileRego({ modules: [{ file: 'policy.rego', text }], data: { first }, backend });
        assert.ok(policy.ok, JSON.stringify(policy));
        return inputs.flatMap((each) =>
          ['data.p.r', 'data.p.s'].map((reference) => {
            const decision = policy.value.decision(reference);
            assert.ok(decision.ok);
            const result = decision.value.evaluate(each);
            if (!result.ok) return result.problem.code;
            return result.value === undefined ? 'undefined' : formatJson(result.value);
          }),
        );
      };
      assert.deepEqual(asked('javascript'), asked('closures'));
    },
  );
  fc.assert(property, { numRuns: 150 });
});
