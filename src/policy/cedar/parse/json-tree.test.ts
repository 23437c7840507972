/** JSON with places: it reads what `JSON.parse` reads, and nothing else; every node knows where it stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { jsonText } from './json-text.ts';
import { isJsonProblem, type JsonNode, readJsonTree } from './json-tree.ts';

function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]));
    case 'array':
      return node.elements.map(valueOf);
    case 'string':
    case 'boolean':
      return node.value;
    case 'number':
      return Number(node.text);
    case 'null':
      return null;
  }
}

function checkPlaces(node: JsonNode, text: string): void {
  assert.deepEqual(JSON.parse(text.slice(node.span.start, node.span.end)), valueOf(node));
  if (node.kind === 'array') for (const element of node.elements) checkPlaces(element, text);
  if (node.kind !== 'object') return;
  for (const { name, nameSpan, value } of node.members) {
    assert.equal(JSON.parse(text.slice(nameSpan.start, nameSpan.end)), name);
    checkPlaces(value, text);
  }
}

/** What `JSON.parse` takes and this does not: two members of one name, and half a surrogate pair in a string. */
const isStricter = /stands twice|well formed/u;

function check(text: string): void {
  const root = readJsonTree(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    assert.ok(isJsonProblem(root), `taken: ${text}`);
    assert.ok(root.span.start >= 0 && root.span.start <= root.span.end && root.span.end <= text.length);
    return;
  }
  if (isJsonProblem(root)) return assert.match(root.message, isStricter);
  assert.deepEqual(valueOf(root), parsed);
  checkPlaces(root, text);
}

test('JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indentation) => {
      check(JSON.stringify(value, undefined, indentation));
    }),
  );
});

test('what is almost JSON is refused where JSON.parse refuses it', () => {
  const parts = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"\\u00e9"',
    '\\',
    '1',
    '-',
    '0.5',
    'e',
    'true',
    'null',
    ' ',
  ];
  const others = ['"__proto__"', '\n', '\u00a0', '//', 'tru', '+', '.', '"\\ud800"', '"\t"', "'"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts, ...others), { maxLength: 12 }), (texts) => check(texts.join(''))),
    { numRuns: 5000 },
  );
});

test('two members of one name are refused at the second', () => {
  const text = '{"a": 1, "\\u0061": 2}';
  const problem = readJsonTree(text);
  assert.ok(isJsonProblem(problem));
  assert.deepEqual(problem.span, { start: 9, end: 17 });
});

test('no depth is too deep', () => {
  const depth = 100_000;
  assert.ok(!isJsonProblem(readJsonTree('['.repeat(depth) + ']'.repeat(depth))));
  assert.ok(isJsonProblem(readJsonTree('{"a":'.repeat(depth))));
});

test('a value becomes the text that JSON.stringify makes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      fc.pre(isExact(value));
      assert.deepEqual(jsonText(value), { text: JSON.stringify(value, undefined, 2) });
    }),
  );
});

/** Numbers beyond 2^53 are to be given as bigints. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || value % 1 !== 0;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}

test('bigints keep all their digits, and what is not JSON is refused in words', () => {
  assert.deepEqual(jsonText({ a: 2n ** 63n - 1n, b: undefined }), { text: '{\n  "a": 9223372036854775807\n}' });
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  for (const value of [cycle, 2 ** 53, Number.NaN, new Date(0), new Map(), () => 1, Symbol('a'), [undefined]]) {
    assert.ok('message' in jsonText({ a: [value] }));
  }
  // The same object twice is no cycle.
  const twice = {};
  assert.deepEqual(jsonText([twice, twice]), { text: '[\n  {},\n  {}\n]' });
});
