/** Modules parsed by policies: trees, and complaints in OPA's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askOpa, skipWithoutOpa } from '../testing/ask-opa.ts';
import { callBuiltin, textOfCall } from '../testing/call-builtin.ts';
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { toText } from '../values/text.ts';
import { BuiltinError } from './builtin.ts';
import { PARSED_MODULE_BUILTINS } from './parsed-modules.ts';

const MODULES = [
  'package a.b\n\nimport data.x as y\n\ndefault p := false\n\np if {\n\tsome i in input.list\n\ti > 1.50\n}\n',
  'package a\n\nf(x, [y]) := {x, y} if not x\n\nq[k] contains v if some k, v in data.all with input.z as {1: "a"}\n',
  'package a\n\nr if every x in [1] { x != 2 } else := "t" if { $"a{input.b}" == "c" }',
  'package a\n\nx := [z | z := {k: v | some k, v in input}; count(z) > 0]',
  'package foo.',
  'package foo\np if {',
  '',
];

test('a module is shown as its tree, and what is none is refused with its place', () => {
  const call = (text: string): string => textOfCall(PARSED_MODULE_BUILTINS, 'rego.parse_module', ['x.rego', text]);
  assert.equal(
    call('package a\nx = 1'),
    '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": ' +
      '[{"generated": true, "index": 0, "terms": {"type": "boolean", "value": true}}], "head": {"name": "x", "ref": ' +
      '[{"type": "var", "value": "x"}], "value": {"type": "number", "value": 1}}}]}',
  );
  assert.match(
    call('package foo.'),
    /^eval_builtin_error: 1 error occurred: x\.rego:1: rego_parse_error: unexpected eof token: expected ident/u,
  );
});

test('OPA shows the same trees', { skip: skipWithoutOpa() }, () => {
  const answers = askOpa(
    'package calls\n\nr[i] := rego.parse_module("x.rego", text) if some i, text in input',
    MODULES,
  );
  for (const [index, text] of MODULES.entries()) {
    const outcome = callBuiltin(PARSED_MODULE_BUILTINS, 'rego.parse_module', ['x.rego', text]);
    const expected = get(get(answers, 'r') ?? null, String(index));
    if (outcome === undefined || outcome instanceof BuiltinError) assert.equal(expected, undefined, text);
    else
      assert.ok(
        expected !== undefined && equal(outcome, expected),
        `${toText(outcome)} and not ${toText(expected ?? null)}`,
      );
  }
});
