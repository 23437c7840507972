/** Notes and prints reach whoever looks on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import { makeSet } from '../values/rego-set.ts';
import { TRACING_BUILTINS } from './tracing.ts';

test('a note is handed on, and holds', () => {
  const notes: string[] = [];
  assert.equal(textOfCall(TRACING_BUILTINS, 'trace', ['a'], { trace: (note) => notes.push(note) }), 'true');
  assert.equal(textOfCall(TRACING_BUILTINS, 'trace', [1]), 'eval_type_error: operand 1 must be string but got number');
  assert.deepEqual(notes, ['a']);
});

test('a line is printed for every choice of values, and what is undefined says so', () => {
  const lines: string[] = [];
  const operands = [makeSet(['x']), makeSet([2, 1]), makeSet([]), makeSet([['a', null]])];
  textOfCall(TRACING_BUILTINS, 'internal.print', [operands], { print: (line) => lines.push(line) });
  assert.deepEqual(lines, ['x 1 <undefined> ["a", null]', 'x 2 <undefined> ["a", null]']);
});
