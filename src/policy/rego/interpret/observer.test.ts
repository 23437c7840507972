/** What an observer is told: everything that is evaluated, where, and how it ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { compileRego } from '../compile.ts';
import { acceptedProgram, PACKAGE } from '../testing/arbitrary-programs.ts';
import { toText } from '../values/text.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import type { Observed, Observer } from './observer.ts';

function observed(text: string, query: string, input: RegoValue, data: RegoObject, observer: Observer): string {
  const policy = compileRego({ modules: [{ file: 'a.rego', text }], data, observer });
  assert.ok(policy.ok);
  assert.equal(policy.value.backend, 'closures');
  const prepared = policy.value.prepare(query);
  assert.ok(prepared.ok);
  const result = prepared.value.evaluate(input);
  return result.ok ? result.value.map(toText).join(' ') : result.problem.code;
}

/** The text of the expression, and what came of it. */
function note(event: Observed): string | undefined {
  const text = 'expression' in event && 'owner' in event ? textOf(event) : '';
  switch (event.kind) {
    case 'rule':
      return `> ${event.set.path.join('.')}(${event.values.map(toText).join(', ')})`;
    case 'ruleEnd':
      return `< ${event.set.path.join('.')} ${event.value === undefined ? 'undefined' : toText(event.value)}`;
    case 'mismatch':
      return 'mismatch';
    case 'solution':
      return `solution ${event.choice}: ${toText(event.value)}`;
    case 'refused':
      return `refused ${event.name}: ${event.error.message}`;
    case 'expressionEnd':
      return `${event.held ? 'held' : 'failed'} ${text}`;
    case 'body':
    case 'bodyEnd':
    case 'expression':
    case 'value':
    case 'holds':
      return undefined;
  }
}

function textOf({ expression, owner }: Observed & { kind: 'expression' | 'holds' | 'expressionEnd' }): string {
  return owner.source.text.slice(expression.start, expression.end);
}

test('rules, expressions, values and refusals are told in the order in which they happen', () => {
  const text = `package p

ok if {
  some x in input.xs
  f(x) == 2
  not to_number(x) > 5
}

f("a") := 1

f(x) := 2 if x != "a"
`;
  const notes: string[] = [];
  const values: string[] = [];
  const rows = observed(text, 'data.p.ok', { xs: ['a', 'b'] }, {}, (event) => {
    const noted = note(event);
    if (noted !== undefined) notes.push(noted);
    if (event.kind === 'value') values.push(toText(event.value));
  });
  assert.equal(rows, '');
  assert.deepEqual(notes, [
    '> p.ok()',
    '> p.f("a")',
    'solution 0: 1',
    'failed x != "a"',
    '< p.f 1',
    'held f(x)',
    'failed f(x) == 2',
    '> p.f("b")',
    'mismatch',
    'held x != "a"',
    'solution 0: 2',
    '< p.f 2',
    'held f(x)',
    'held f(x) == 2',
    'refused to_number: strconv.ParseFloat: parsing "b": invalid syntax',
    'failed to_number(x)',
    'held some x in input.xs',
    '< p.ok undefined',
    'failed data.p.ok',
  ]);
  assert.deepEqual(values, ['"a"', 'false', '1', '2', '"b"', 'true', '2', '2']);
});

test('whatever the program, what is opened is closed, and looking on changes nothing', () => {
  let events = 0;
  fc.assert(
    fc.property(acceptedProgram, (program) => {
      const { text, data, input } = program;
      const plain = compileRego({ modules: [{ file: 'a.rego', text }], data, backend: 'closures' });
      if (!plain.ok) return;
      for (const query of [`x := data.${PACKAGE}`, ...program.rules.map(({ name }) => `data.${PACKAGE}.${name}[x]`)]) {
        const prepared = plain.value.prepare(query);
        if (!prepared.ok) continue;
        const opened: unknown[] = [];
        const close = (what: unknown): void => {
          assert.equal(opened.pop(), what, query);
        };
        const came = observed(text, query, input, data, (event) => {
          events += 1;
          if (event.kind === 'rule') opened.push(event.set);
          else if (event.kind === 'body') opened.push(event.definition.choices[event.choice]);
          else if (event.kind === 'expression') opened.push(event.expression);
          else if (event.kind === 'expressionEnd') close(event.expression);
          else if (event.kind === 'bodyEnd') close(event.definition.choices[event.choice]);
          // A failure leaves bodies and expressions open.
          else if (event.kind === 'ruleEnd') opened.length = opened.lastIndexOf(event.set);
        });
        const wanted = prepared.value.evaluate(input);
        assert.equal(came, wanted.ok ? wanted.value.map(toText).join(' ') : wanted.problem.code);
        assert.equal(opened.length > 0 && wanted.ok, false, 'something stayed open');
      }
    }),
    { numRuns: 40 },
  );
  assert.ok(events > 1000);
});
