import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { Pattern } from '../syntax.ts';
import { TextPattern } from './text-pattern.ts';

function matches(pattern: Pattern, text: string): boolean {
  return new TextPattern(pattern).matches(text);
}

test('a wildcard stands for any text, also the empty one', () => {
  assert.ok(matches([null], ''));
  assert.ok(matches(['a', null], 'a'));
  assert.ok(matches(['a', null, 'c'], 'abbc'));
  assert.ok(!matches(['a', null, 'c'], 'abb'));
  assert.ok(matches([null, 'b', null], 'abc'));
});

test('without a wildcard the whole text must be equal', () => {
  assert.ok(matches([], ''));
  assert.ok(matches(['ab'], 'ab'));
  assert.ok(!matches(['ab'], 'abc'));
});

test('what begins the text does not serve as its end too', () => {
  assert.ok(!matches(['aa', null, 'aa'], 'aaa'));
  assert.ok(matches(['aa', null, 'aa'], 'aaaa'));
  assert.ok(!matches(['a', null, 'b', null, 'bc'], 'abc'));
});

test('many wildcards over a long text take no time that grows with their product', () => {
  const pattern = Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? 'a' : null));
  assert.ok(!matches([...pattern, 'b'], 'a'.repeat(100_000)));
});

/** Obviously right, and exponential. */
function plainly(pattern: Pattern, text: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === '';
  if (first !== null) return text.startsWith(first) && plainly(rest, text.slice(first.length));
  for (let length = 0; length <= text.length; length += 1) if (plainly(rest, text.slice(length))) return true;
  return false;
}

test('it agrees with trying everything', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 3 });
  const pattern = fc.array(fc.oneof(piece, fc.constant(null)), { maxLength: 6 });
  let matched = 0;
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 8 }), (elements, text) => {
      const wanted = plainly(elements, text);
      if (wanted) matched += 1;
      assert.equal(matches(elements, text), wanted);
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert.ok(matched > 100, `only ${matched} of the generated patterns matched`);
});
