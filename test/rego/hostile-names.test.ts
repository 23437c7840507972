/** Names that mean something to JavaScript mean nothing of it in Rego: wherever a name can stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type PlainObject, toText } from '../../src/policy/rego/library.ts';
import { answerOf, firstProblem } from './hostile.ts';

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'length',
  'size',
  'kind',
  'arguments',
  'eval',
  'this',
  'return',
  'await',
  'undefined',
  'NaN',
];

function parsed(text: string): PlainObject {
  return JSON.parse(text) as PlainObject;
}

for (const name of NAMES) {
  test(`\`${name}\` is a name like any other`, () => {
    // What is not there is undefined, and not what a prototype has.
    for (const input of [{}, { a: {} }, [], 'text', 1, true, null]) {
      assert.equal(answerOf(`package p\n\nx := input.${name}`, { input }), 'undefined');
      assert.equal(
        answerOf('package p\n\nx := input[input_name] if input_name := data.name', { input, data: { name } }),
        'undefined',
      );
    }
    assert.equal(answerOf(`package p\n\nx := data.${name}`), 'undefined');
    assert.equal(answerOf(`package p\n\nx := {"a": 1}[data.name]`, { data: { name } }), 'undefined');
    assert.match(firstProblem(`package p\n\nx := {"a": 1}.${name}`), /^rego\/type-reference 3:/u);
    assert.equal(answerOf(`package p\n\nx := object.get({}, "${name}", "none")`), '"none"');
    assert.equal(answerOf(`package p\n\nx if "${name}" in {"a"}`), 'undefined');
    // What is there is found.
    const document = parsed(`{"${name}": {"${name}": 7}, "other": 8}`);
    assert.equal(answerOf(`package p\n\nx := input.${name}.${name}`, { input: document }), '7');
    assert.equal(answerOf(`package p\n\nx := data.${name}["${name}"]`, { data: document }), '7');
    assert.equal(
      answerOf('package p\n\nx := [k | some k, _ in input]', { input: document }),
      toText([name, 'other'].toSorted()),
    );
    assert.equal(answerOf('package p\n\nx := input', { input: document }), toText(document));
    assert.equal(answerOf('package p\n\nx := {k: v | some k, v in input}', { input: document }), toText(document));
    assert.equal(
      answerOf('package p\n\nx := object.union(input, {"other": 8})', { input: document }),
      toText(document),
    );
    assert.equal(answerOf(`package p\n\nx := json.unmarshal("{\\"${name}\\": 1}").${name}`), '1');
    assert.equal(answerOf(`package p\n\nx := object.remove(input, ["${name}"])`, { input: document }), '{"other": 8}');
    // What is written as such.
    assert.equal(answerOf(`package p\n\n${name} := 1\n\nx := ${name}`), '1');
    assert.equal(answerOf(`package p\n\n${name} := 1`, { query: 'data.p' }), `{"${name}": 1}`);
    assert.equal(answerOf(`package p\n\n${name}(${name}1) := ${name}1 + 1\n\nx := ${name}(2)`), '3');
    assert.equal(answerOf(`package p\n\nx if {\n  ${name} := 1\n  ${name} == 1\n}`), 'true');
    assert.equal(
      answerOf(`package p\n\nx["${name}"] := 1\n\nx[y] := 2 if some y in ["b"]`),
      toText(parsed(`{"${name}": 1, "b": 2}`)),
    );
    assert.equal(answerOf(`package p\n\nx contains "${name}"`), `{"${name}"}`);
    assert.equal(answerOf(`package p.${name}.q\n\nx := 1`, { query: `data.p.${name}` }), '{"q": {"x": 1}}');
    assert.equal(answerOf(`package ${name}\n\nx := 1`, { query: `data.${name}.x` }), '1');
    assert.equal(answerOf(`package p\n\nx := y if y := input with input.${name} as 1`), `{"${name}": 1}`);
    assert.equal(answerOf(`package p\n\nx := y if y := data.${name} with data.${name} as 1`), '1');
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
    assert.equal(Object.keys(Object.prototype).length, 0);
  });
}

test('no document changes a prototype', () => {
  const evil = parsed('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');
  const text = `package p

x := [
  object.union(input, {"a": input}),
  object.union_n([input, input]),
  json.patch(input, [{"op": "add", "path": "/__proto__/more", "value": 1}]),
  json.filter(input, ["__proto__/polluted"]),
  json.remove(input, ["constructor"]),
  {k: v | some k, v in input},
  yaml.unmarshal("__proto__:\\n  polluted: 1\\n"),
  object.filter(input, ["__proto__"]),
  urlquery.decode_object("__proto__=1&constructor=2"),
]`;
  const answer = answerOf(text, { input: evil });
  assert.match(answer, /"more": 1/u);
  assert.equal(({} as { readonly [name: string]: unknown })['polluted'], undefined);
  assert.equal(({} as { readonly [name: string]: unknown })['more'], undefined);
});
