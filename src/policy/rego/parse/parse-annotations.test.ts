/** Metadata: what a block says, which rule it belongs to, and where its mistakes are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Module } from '../syntax.ts';
import { parseModule } from './parse-module.ts';
import { printModule } from './print.ts';

function parsed(text: string): Module {
  const result = parseModule({ file: 'x.rego', text });
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problem));
  return result.value;
}

const FULL = `# METADATA
# scope: subpackages
# title: All of it
# description: |
#   two
#   lines
# organizations: [One, 2]
# related_resources:
# - https://example.org/a
# - ref: https://example.org/b
#   description: the other
# authors:
# - Jane Doe <jane@example.org>
# - name: John
# custom:
#   number: 9007199254740993
#   nested: {list: [1, two, null], "__proto__": true}
# labels: {team: red}
# schemas:
# - input: schema.request
# - data.acl: {type: object}
# compile:
#   unknowns: [input.x]
#   mask_rule: masks
package x
`;

test('a block says everything that OPA knows', () => {
  const [annotations] = parsed(FULL).annotations;
  assert.ok(annotations !== undefined);
  const { scope, title, description, entrypoint, organizations, relatedResources, authors, custom, labels, schemas } =
    annotations;
  assert.deepEqual([scope, title, description, entrypoint], ['subpackages', 'All of it', 'two\nlines\n', false]);
  assert.deepEqual(organizations, ['One', '2']);
  assert.deepEqual(relatedResources, [
    { ref: 'https://example.org/a' },
    { ref: 'https://example.org/b', description: 'the other' },
  ]);
  assert.deepEqual(authors, [{ name: 'Jane Doe', email: 'jane@example.org' }, { name: 'John' }]);
  assert.equal(custom?.['number'], 9007199254740993n);
  assert.ok(Object.hasOwn(custom?.['nested'] as object, '__proto__'));
  assert.deepEqual(labels, { team: 'red' });
  assert.deepEqual(
    schemas.map(({ kind }) => kind),
    ['reference', 'definition'],
  );
  assert.equal(annotations.compile?.unknowns.length, 1);
});

test('what is printed says the same', () => {
  const module = parsed(`${FULL}\n# METADATA\n# entrypoint: true\np := 1\n`);
  const bare = ({ annotations }: Module): unknown =>
    JSON.parse(
      JSON.stringify(annotations, (key, value: unknown) => {
        if (typeof value === 'bigint') return String(value);
        return key === 'start' || key === 'end' ? undefined : value;
      }),
    );
  assert.deepEqual(bare(parsed(printModule(module))), bare(module));
});

test('a rule has the blocks of its document, and takes the last one above it', () => {
  const { rules } = parsed(`package x
# METADATA
# scope: document
# title: d
p := 1 if a

# METADATA
# title: first
p := 2 if b

# METADATA
# title: second
p := 3 if c

# METADATA
# title: other
q := 1
`);
  assert.deepEqual(
    rules.map(({ annotations }) => annotations.map(({ title, scope }) => `${scope} ${title}`)),
    [['document d'], ['document d', 'rule first'], ['document d', 'rule second'], ['rule other']],
  );
});

test('an entry point is a document by default, and what stands above the package is about it', () => {
  const { annotations } = parsed('# METADATA\n# title: a\npackage x\n# METADATA\n# entrypoint: yes\np := 1');
  assert.deepEqual(
    annotations.map(({ scope }) => scope),
    ['package', 'document'],
  );
});

test('a comment that is indented, or after an empty line, belongs to no block', () => {
  const { annotations } = parsed(
    'package x\n# METADATA\n# title: a\n\n# description: b\np := 1\n  # METADATA\n  # title: c\nq := 1',
  );
  assert.deepEqual(
    annotations.map(({ title, description }) => [title, description]),
    [['a', undefined]],
  );
});

test('mistakes stand on the line of the comment', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['# METADATA\npackage x', '1:1', /empty/u],
    ['# METADATA\n# title: [a\npackage x', '2:1', /not YAML/u],
    ['# METADATA\n# title: a\n# authors: b\npackage x', '3:1', /must be a list/u],
    ['# METADATA\n# title: a\n# title: b\npackage x', '3:1', /not YAML/u],
    ['# METADATA\n# scope: planet\npackage x', '1:1', /`planet`/u],
    ['# METADATA\n# scope: rule\npackage x', '1:1', /must stand above a rule/u],
    ['package x\n# METADATA\n# title: a\nimport data.y', '2:1', /nothing stands below|applies to/u],
    ['package x\n# METADATA\n# scope: rule\n# entrypoint: true\np := 1', '2:1', /entry point/u],
    ['package x\n# METADATA\n# schemas:\n# - "1 +": schema.x\np := 1', '4:1', /not the path/u],
    ['package x\np := 1\n# METADATA\n# title: a', '3:1', /nothing stands below/u],
    [
      `# METADATA\n# a: &a [x, x]\n# b: &b [${'*a, '.repeat(50)}]\n# custom: {c: [${'*b, '.repeat(50)}]}\npackage x`,
      '4:1',
      /alias/u,
    ],
  ];
  for (const [text, place, message] of cases) {
    const result = parseModule({ file: 'x.rego', text });
    assert.ok(!result.ok, text);
    const [problem] = result.problem;
    assert.equal(problem?.code, 'rego/bad-metadata', text);
    assert.equal(`${problem.at?.line}:${problem.at?.column}`, place, text);
    assert.match(problem.message, message, text);
  }
});
