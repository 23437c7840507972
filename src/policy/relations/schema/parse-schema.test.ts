/** Schemas: what is read, with which precedence, and what is refused in which words and where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Problem } from '../../../kernel/problem.ts';
import { excerpt } from '../../../kernel/source-span.ts';
import { MAX_NESTING, MAX_PROBLEMS } from './limits.ts';
import { parseSchema } from './parse-schema.ts';
import type { RelationSchema, SetExpression } from './schema.ts';

function schemaOf(text: string): RelationSchema {
  const parsed = parseSchema({ file: 'a.zed', text });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.map(({ message }) => message).join('\n'));
  return parsed.value;
}

function problemsOf(text: string): readonly Problem[] {
  const parsed = parseSchema({ file: 'a.zed', text });
  return parsed.ok ? [] : parsed.problem;
}

/** The problems as text: code, message, the marked part of the line, the hint. */
function shown(text: string): string {
  return problemsOf(text)
    .map(({ code, message, hint, at }) => {
      const [line = '', carets = ''] = at === undefined ? [] : excerpt(text, at).split('\n');
      const marked = line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1);
      return [`${code}: ${message}`, `at ${marked}`, ...(hint === undefined ? [] : [hint])].join(' / ');
    })
    .join('\n');
}

function sketch(expression: SetExpression): string {
  switch (expression.kind) {
    case 'union':
      return `(${expression.operands.map(sketch).join(' + ')})`;
    case 'intersection':
      return `(${expression.operands.map(sketch).join(' & ')})`;
    case 'exclusion':
      return `(${sketch(expression.base)} - ${sketch(expression.excluded)})`;
    case 'computed':
      return expression.name;
    case 'arrow':
      return `${expression.relation}${expression.every ? '=>' : '->'}${expression.target}`;
    case 'nil':
    case 'self':
      return expression.kind;
  }
}

const RELATIONS = ['aaa', 'bbb', 'ccc', 'ddd'].map((name) => `relation ${name}: user`).join('\n');

function documentWith(statement: string, before = ''): string {
  return `${before}\ndefinition user {}\ndefinition doc {\n${RELATIONS}\n${statement}\n}`;
}

test('operators bind and associate as in SpiceDB', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['aaa + bbb - ccc & ddd', '((aaa + bbb) - (ccc & ddd))'],
    ['aaa & bbb + ccc', '(aaa & (bbb + ccc))'],
    ['aaa - bbb - ccc', '((aaa - bbb) - ccc)'],
    ['aaa - (bbb - ccc)', '(aaa - (bbb - ccc))'],
    ['(aaa + bbb) + (ccc + ddd)', '(aaa + bbb + ccc + ddd)'],
    ['aaa & (bbb & ccc) & ddd', '(aaa & bbb & ccc & ddd)'],
    ['((aaa))', 'aaa'],
    ['aaa->bbb + aaa.any(ccc) + bbb.all(ccc)', '(aaa->bbb + aaa->ccc + bbb=>ccc)'],
    ['nil', 'nil'],
    ['aaa +\n\n bbb', '(aaa + bbb)'],
  ];
  for (const [text, wanted] of cases) {
    const permission = schemaOf(documentWith(`permission view = ${text}`))
      .definitions.get('doc')
      ?.permissions.get('view');
    assert.ok(permission !== undefined);
    assert.equal(sketch(permission.expression), wanted, text);
  }
});

test('relations name objects, usersets, wildcards, caveats and expiration', () => {
  const text = `use expiration
caveat org/limit(amount int) { amount < 100 }
definition org/user {}
definition group { relation member: org/user; }
definition doc {
  relation owner: org/user | org/user:* | group#member | group#...
  relation viewer: org/user with org/limit | org/user with expiration | org/user:* with org/limit and expiration
}`;
  const relations = schemaOf(text).definitions.get('doc')?.relations;
  assert.deepEqual(
    relations?.get('owner')?.allowed.map(({ type, subject }) => [type, subject]),
    [
      ['org/user', { kind: 'object' }],
      ['org/user', { kind: 'wildcard' }],
      ['group', { kind: 'userset', relation: 'member' }],
      ['group', { kind: 'object' }],
    ],
  );
  assert.deepEqual(
    relations?.get('viewer')?.allowed.map(({ caveat, expires }) => [caveat, expires]),
    [
      ['org/limit', false],
      [undefined, true],
      ['org/limit', true],
    ],
  );
});

test('a word is a keyword only where its flag is used', () => {
  const own = schemaOf('definition user {\nrelation self: user\nrelation expiration: user\npermission and = self\n}');
  const { definitions } = own;
  assert.equal(definitions.get('user')?.permissions.get('and')?.expression.kind, 'computed');
  const flagged = schemaOf('use self\ndefinition user {\npermission view = self\n}').definitions.get('user');
  assert.equal(flagged?.permissions.get('view')?.expression.kind, 'self');
});

test('partials are put in where they are named, also through each other', () => {
  const text = `use partial
partial outer {
  ...inner
  permission view = owner
}
definition user {}
definition doc {
  relation first: user
  ...outer
  relation last: user
}
partial inner { relation owner: user; }`;
  assert.deepEqual(schemaOf(text).definitions.get('doc')?.order, ['first', 'owner', 'view', 'last']);
});

test('comments belong to what they stand before', () => {
  const text = `/** a user\n   *  of ours */
definition user {}
// one
// two
definition doc { // of the first member
  // owns
  relation owner: user // not kept
  /* views */ permission view = owner
}`;
  const { definitions } = schemaOf(text);
  assert.deepEqual(definitions.get('user')?.comments, ['/** a user\n*  of ours */']);
  assert.deepEqual(definitions.get('doc')?.comments, ['// one', '// two']);
  assert.deepEqual(definitions.get('doc')?.relations.get('owner')?.comments, ['// of the first member', '// owns']);
  assert.deepEqual(definitions.get('doc')?.permissions.get('view')?.comments, ['/* views */']);
});

test('a caveat keeps its CEL as it was written', () => {
  const text = `caveat within(ip ipaddress, sets map<list<string>>, flag any) {
    // a } in a comment is none
    ip.in_cidr("10.0.0.0/8}\\"") && {"a": 1} == flag &&
      sets.exists(set, r'\\' in sets[set])
  }`;
  const caveat = schemaOf(text).caveats.get('within');
  assert.deepEqual(
    [...(caveat?.parameters ?? [])],
    [
      ['ip', 'ipaddress'],
      ['sets', { map: { list: 'string' } }],
      ['flag', 'any'],
    ],
  );
  assert.ok(caveat?.expression.text.startsWith('ip.in_cidr("10'));
  assert.ok(caveat?.expression.text.endsWith('sets[set])'));
  assert.equal(text.startsWith(caveat?.expression.text ?? '-', caveat?.expression.start), true);
});

const REFUSED: readonly (readonly [text: string, problem: string])[] = [
  ['definition user {}\ndefinition user {}', 'relations/duplicate: there are two definitions `user` / at user'],
  [
    'definition user { relation a1a: user }',
    'relations/syntax: expected the end of the line or `;`, found `}` / at } / a `;` or a new line stands before the `}`',
  ],
  [
    'definition User {}',
    'relations/name: `User` cannot be the name of a definition / at User / a name has 3 to 64 lower case letters of ASCII, digits and `_`, begins with a letter and does not end with `_`',
  ],
  [
    documentWith('relation x_: user'),
    'relations/name: `x_` cannot be the name of a relation / at x_ / a name has 3 to 64 lower case letters of ASCII, digits and `_`, begins with a letter and does not end with `_`',
  ],
  [
    documentWith('relation view: usr'),
    'relations/unknown: there is no definition `usr` / at usr / did you mean `user`?',
  ],
  [
    documentWith('relation view: user#member'),
    'relations/unknown: `user` has no relation or permission `member` / at user#member',
  ],
  [
    documentWith('relation view: user | user'),
    'relations/duplicate: `user` stands twice in the relation `view` / at user',
  ],
  [
    documentWith('relation view: user with limit'),
    'relations/unknown: there is no caveat `limit` / at user with limit',
  ],
  [
    documentWith('relation view: user with expiration'),
    'relations/unknown: there is no caveat `expiration` / at user with expiration / `use expiration` at the top of the schema makes it a keyword',
  ],
  [
    documentWith('relation view: user with expiration and limit', 'use expiration'),
    'relations/syntax: the caveat stands before the expiration / at and / write `with CAVEAT and expiration`',
  ],
  [
    documentWith('relation aaa: user'),
    'relations/duplicate: `doc` has two relations or permissions `aaa` / at relation aaa: user',
  ],
  [
    documentWith('permission view = aab'),
    'relations/unknown: `doc` has no relation or permission `aab` / at aab / did you mean `aaa`?',
  ],
  [
    documentWith('permission view = self'),
    'relations/unknown: `doc` has no relation or permission `self` / at self / `use self` at the top of the schema makes it a keyword',
  ],
  [
    documentWith('permission view = aaa->bbb->ccc'),
    'relations/syntax: an arrow cannot follow another one / at -> / make a permission of `aaa->bbb` there',
  ],
  [
    documentWith('permission view = (aaa)->bbb'),
    'relations/syntax: an arrow begins at a relation / at (aaa) / write each operand with an arrow of its own',
  ],
  [
    documentWith('permission view = aaa.some(bbb)'),
    'relations/syntax: expected `any` or `all`, found `some` / at some',
  ],
  [
    documentWith('permission edit = aaa\npermission view = edit->bbb'),
    'relations/arrow: an arrow begins at a relation, and `edit` is a permission / at edit->bbb / the relations of `doc` are: `aaa`, `bbb`, `ccc`, `ddd`',
  ],
  [
    documentWith('relation any: user:*\npermission view = any->bbb'),
    'relations/arrow: an arrow cannot begin at `any`, which includes the wildcard `user:*` / at any->bbb / an arrow goes from object to object: give the wildcard a relation of its own',
  ],
  [
    documentWith('permission view = view'),
    'relations/cycle: nobody can ever have the permission `view` of `doc`: it refers to itself and to nothing else / at permission view = view',
  ],
  [
    documentWith('permission view = '),
    'relations/syntax: expected a relation, a permission, `nil` or `(`, found `}` / at }',
  ],
  [
    documentWith('permission view = aaa->up'),
    'relations/name: `up` cannot be the name of a permission / at up / a name has 3 to 64 lower case letters of ASCII, digits and `_`, begins with a letter and does not end with `_`',
  ],
  [documentWith('permission view aaa'), 'relations/syntax: expected `=`, found `aaa` / at aaa'],
  [
    documentWith('relation view = aaa'),
    'relations/syntax: expected `:`, found `=` / at = / a relation has types (`relation owner: user`); what is computed is a `permission`',
  ],
  [
    documentWith('', 'use expirations'),
    'relations/syntax: there is no flag `expirations` / at use expirations / did you mean `expiration`?',
  ],
  ['definition user {}\nuse self', 'relations/syntax: `use` stands before the first definition / at use self'],
  [
    'use import\nimport "./other.zed"',
    'relations/syntax: a schema cannot import another file / at import / put the definitions of that file into this one; `zed schema compile` does it',
  ],
  [
    'partial aaa {}',
    'relations/syntax: expected `definition`, `caveat` or `use`, found `partial` / at partial / `use partial` makes it a keyword',
  ],
  [
    'use partial\npartial aaa {\n...bbb\n}\npartial bbb {\n...aaa\n}',
    'relations/cycle: the partial contains itself: `aaa` → `bbb` → `aaa` / at ...aaa',
  ],
  ['use partial\ndefinition user {\n...aaa\n}', 'relations/unknown: there is no partial `aaa` / at ...aaa'],
  [
    'caveat limit() { true }',
    'relations/syntax: the caveat `limit` has no parameter / at ) / a caveat decides on at least one value of the context',
  ],
  [
    'caveat limit(a strin) { true }',
    'relations/syntax: there is no type `strin` of a parameter / at strin / did you mean `string`?',
  ],
  ['caveat limit(a int, a int) { a < 1 }', 'relations/caveat: the caveat `limit` has two parameters `a` / at a'],
  [
    'caveat limit(a list) { true }',
    'relations/syntax: expected `<`, found `)` / at ) / write the type of its values: `list<string>`',
  ],
  [
    'caveat limit(a int) { }',
    'relations/syntax: the caveat `limit` has no expression / at } / write a condition in CEL: `{ amount < 100 }`',
  ],
  ['definition user {', 'relations/syntax: expected `}` of `user`, found the end of the text / at '],
  ['definition user {} $', 'relations/syntax: there is no place for the character `$` (U+0024) in a schema / at $'],
  ['/* no end', 'relations/syntax: the comment has no end / at /*'],
  [
    documentWith('permission view: group = aaa', 'use typechecking'),
    'relations/types: the permission `view` can be had by `user` as well, which its types do not say / at permission view: group = aaa',
  ],
];

for (const [text, problem] of REFUSED) {
  test(`${JSON.stringify(text.slice(-60))} is refused with its place`, () => assert.equal(shown(text), problem));
}

test('a wildcard is not included through the relation of another type', () => {
  const text = `definition user {}
definition group {
  relation member: user:* | group#member
}
definition doc {
  relation view: group#member
}`;
  assert.equal(
    shown(text),
    'relations/wildcard: `group#member` includes the wildcard `user:*` of `group#member` / at group#member / a wildcard cannot be included through another relation: name it in this relation itself',
  );
});

test('cycles through arrows and cycles with a way in are accepted', () => {
  schemaOf(
    documentWith(
      'relation up: doc\npermission view = aaa + edit\npermission edit = view\npermission far = up->far'
        .replace('up', 'upper')
        .replace('up->', 'upper->'),
    ),
  );
});

test('all problems are found at once, not only the first', () => {
  const text =
    'definition doc {\n  relation a_: user\n  permission = x\n  relation ok_name: nobody\n}\ncaveat c(a b) { true }\ndefinition doc {}';
  assert.deepEqual(
    problemsOf(text).map(({ at }) => at?.line),
    [2, 3, 6, 7],
  );
});

test('nesting and the number of problems are bounded', () => {
  const nested = (depth: number): string =>
    documentWith(`permission view = ${'('.repeat(depth)}aaa - bbb${')'.repeat(depth)}`);
  assert.equal(problemsOf(nested(MAX_NESTING - 1)).length, 0);
  assert.match(shown(nested(100_000)), /nests deeper than 100/u);
  assert.match(shown(documentWith(`permission view = aaa${' - aaa'.repeat(200)}`)), /nests deeper than 100/u);
  assert.match(shown(`caveat deep(a ${'list<'.repeat(50_000)}) { true }`), /nests deeper than 100/u);
  assert.equal(problemsOf('definition A {}\n'.repeat(5000)).length, MAX_PROBLEMS);
});

test('schemas that are made to be slow are not', () => {
  const names = Array.from({ length: 9000 }, (_, index) => `p${String(index).padStart(5, '0')}`);
  const chain = names.map((name, index) => `permission ${name} = ${names[index + 1] ?? 'p00000'}`).join('\n');
  assert.equal(problemsOf(`definition user {\n${chain}\n}`).length, MAX_PROBLEMS);
  const usersets = names.map((name, index) => `relation ${name}: user#${names[index + 1] ?? 'p00000'}`).join('\n');
  const first = `definition doc {\n${names.map((name) => `relation ${name}: user#${name}`).join('\n')}\n}`;
  assert.deepEqual(problemsOf(`definition user {\n${usersets}\n}\n${first}`), []);
  const doubled = names.slice(0, 60).map((name, index) => {
    const inner = names[index - 1];
    return `partial ${name} {\n${inner === undefined ? 'relation own: user' : `...${inner}\n...${inner}`}\n}`;
  });
  const last = names[59] ?? '';
  assert.match(
    shown(`use partial\n${doubled.join('\n')}\ndefinition user {\n...${last}\n}`),
    /more than 10000 relations/u,
  );
  const nested = names.map((name, index) => `partial ${name} {\n...${names[index + 1] ?? 'p00000'}\n}`).toReversed();
  assert.match(shown(`use partial\n${nested.join('\n')}`), /nest deeper than 100|contains itself/u);
});
