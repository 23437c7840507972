/** Texts of schemas that are right, in all the forms that the language has. */
import fc from 'fast-check';

const RELATIONS = ['owner', 'parent', 'member', 'viewer'];
const PERMISSIONS = ['view', 'edit', 'manage'];
const COMMENTS = ['', '', '// a comment\n', '/* two\n * lines */\n', '/** documentation */ ', '/**/'];

const comment = fc.constantFrom(...COMMENTS);
const space = fc.constantFrom(' ', ' ', '\t', ' \n ');
const end = fc.constantFrom('\n', ';', ' // behind\n', '\n\n;\n');

const CAVEATS = [
  'caveat limit(amount int, most uint) { amount < most }',
  'caveat within(ip ipaddress, sets map<list<string>>) {\n  // {\n  ip.in_cidr("10.0.0.0/8") &&  "}" in sets["{"]\n}',
  'caveat during(now timestamp, from timestamp, span duration) { now > from && now - from < span }',
];

/** `user`, `user:*`, `group#member`, `group#...` and conditions; the types are there whatever is chosen. */
const subject = fc
  .tuple(
    fc.constantFrom('org/user', 'group', 'doc'),
    fc.constantFrom('', '', '#...', '#owner'),
    fc.constantFrom('', '', ' with limit', ' with expiration', ' with within and expiration'),
  )
  .map(
    ([type, relation, condition]) =>
      `${type}${type === 'org/user' ? relation.replace('#owner', '') : relation}${condition}`,
  );

const relations = fc.tuple(
  ...RELATIONS.map((name) =>
    fc
      .tuple(comment, fc.uniqueArray(subject, { minLength: 1, maxLength: 3, selector: canonical }), end)
      .map(([before, subjects, after]) => `${before}relation ${name}: ${subjects.join(' | ')}${after}`),
  ),
);

function canonical(text: string): string {
  return text.replace('#...', '');
}

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...RELATIONS, 'nil', 'self'),
      fc
        .tuple(
          fc.constantFrom(...RELATIONS),
          fc.constantFrom(...RELATIONS, ...PERMISSIONS, 'nowhere'),
          fc.nat({ max: 2 }),
        )
        .map(
          ([relation, target, form]) =>
            [`${relation}->${target}`, `${relation}.any(${target})`, `${relation}.all(${target})`][form] ?? '',
        ),
    ),
    fc
      .tuple(tie('expression'), fc.constantFrom('+', '&', '-'), space, tie('expression'))
      .map(([left, operator, gap, right]) => `${left}${operator === '-' ? ' ' : ''}${operator}${gap}${right}`),
    tie('expression').map((inner) => `(${inner})`),
  ),
}));

const permissions = fc.tuple(
  ...PERMISSIONS.map((name) =>
    fc
      .tuple(comment, fc.constantFrom('', '', ': doc | group'), expression, end)
      .map(([before, types, body, after]) => `${before}permission ${name}${types} = ${body}${after}`),
  ),
);

/** Without `use typechecking` the types of a permission are read and forgotten. */
export const arbitrarySchema: fc.Arbitrary<string> = fc
  .tuple(comment, relations, permissions, relations, permissions)
  .map(([before, own, rights, others, otherRights]) =>
    [
      'use expiration\nuse partial\nuse self',
      ...CAVEATS,
      'definition org/user {}',
      `${before}definition doc {\n...rights\n${own.join('')}}`,
      `partial rights {\n${rights.join('')}}`,
      `definition group {\n${others.join('')}${otherRights.join('')}}`,
    ].join('\n'),
  );

const PIECES: readonly string[] = [
  ...['definition ', 'relation ', 'permission ', 'caveat ', 'partial ', 'use ', 'use expiration\n', 'with ', 'and'],
  ...['user', 'group', 'view', 'nil', 'self', '->', '.any(', '.all(', '...', ':*', '#member', '#...', '//', '/*', '*/'],
  ...['+', '-', '&', '|', '(', ')', '{', '}', ';', ':', '=', ',', '<', '>', '"', "'", '\\', '\n', '\r', '\t', ' '],
  ...['\0', '\u{feff}', '\ud800', 'é', '😀', '1', '_', 'A', '?', '[', ']', '"""', "r'", 'a'.repeat(130)],
];

/** Texts that are almost right: a piece more, or a few characters less. */
export const almostSchema: fc.Arbitrary<string> = fc
  .tuple(
    arbitrarySchema,
    fc.array(fc.tuple(fc.nat({ max: 5000 }), fc.nat({ max: 12 }), fc.constantFrom(...PIECES)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((changed, [place, length, piece]) => {
      const at = place % (changed.length + 1);
      return changed.slice(0, at) + (length > 6 ? '' : piece) + changed.slice(at + (length > 6 ? length - 6 : 0));
    }, text),
  );
