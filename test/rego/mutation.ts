/** Texts that are almost right: where parsers break. */
import fc from 'fast-check';

const PIECES: readonly string[] = [
  ...[
    'package a',
    'import rego.v1',
    'default ',
    ' if ',
    ' contains ',
    ' else ',
    ' else := 1 ',
    'some ',
    'every ',
    ' in ',
  ],
  ...[
    'not ',
    ' with input as ',
    ' with data.a as 1',
    ' as ',
    'true',
    'null',
    'set()',
    'input',
    'data',
    '_',
    'walk',
    'count',
  ],
  ...['(', ')', '{', '}', '[', ']', '.', ',', ';', ':', ':=', '=', '==', '!=', '<', '|', '&', '+', '-', '*', '/', '%'],
  ...[
    '"',
    '`',
    '$"',
    '$`',
    '{x}',
    '\\',
    '\\u{110000}',
    '\\ud800',
    '#',
    '# METADATA\n# title: x\n',
    '\n',
    '\r',
    '\t',
    ' ',
  ],
  ...[
    '1',
    '0x1',
    '1e999999',
    '1e-400',
    '.5',
    '9007199254740993',
    '\0',
    '\u{feff}',
    '\ud800',
    'é',
    '😀',
    '[_]',
    '["a"]',
  ],
];

type Mutation =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  /** What stands at one place is written at another one once more. */
  | { readonly kind: 'copy'; readonly at: number; readonly length: number; readonly to: number };

const place = fc.nat({ max: 5000 });
const length = fc.integer({ min: 1, max: 30 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    text: fc.oneof({ arbitrary: fc.constantFrom(...PIECES), weight: 9 }, fc.string({ unit: 'binary', maxLength: 3 })),
  }),
  fc.record({ kind: fc.constant('delete' as const), at: place, length }),
  fc.record({ kind: fc.constant('copy' as const), at: place, length, to: place }),
);

export function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
  return fc.tuple(texts, mutations).map(([text, all]) => all.reduce(mutate, text));
}

function mutate(text: string, change: Mutation): string {
  const at = change.at % (text.length + 1);
  const splice = (where: number, remove: number, insert: string): string => {
    return text.slice(0, where) + insert + text.slice(where + remove);
  };
  switch (change.kind) {
    case 'insert':
      return splice(at, 0, change.text);
    case 'delete':
      return splice(at, change.length, '');
    case 'copy':
      return splice(change.to % (text.length + 1), 0, text.slice(at, at + change.length));
  }
}
