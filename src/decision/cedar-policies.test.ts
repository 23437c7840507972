/** The Cedar files of a folder together: what fits is one set, and what does not is told with its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Problem } from '../kernel/problem.ts';
import { formatSpan } from '../kernel/source-span.ts';
import { type CedarFile, compileCedarFiles } from './cedar-policies.ts';
import { CEDAR_POLICIES } from './testing/refunds.ts';

const FILES = CEDAR_POLICIES as readonly CedarFile[];

/** The files with one of them changed. */
function changed(ending: string, change: (text: string) => string): readonly CedarFile[] {
  return FILES.map((file) => (file.file.endsWith(ending) ? { ...file, text: change(file.text) } : file));
}

async function problems(files: readonly CedarFile[]): Promise<readonly Problem[]> {
  const compiled = await compileCedarFiles(files);
  assert.ok(!compiled.ok, 'expected problems, and the files were accepted');
  return compiled.problem;
}

test('files become one set: policies called by their id, over the entities, with the schema', async () => {
  const compiled = await compileCedarFiles(FILES);
  assert.ok(compiled.ok);
  assert.deepEqual(
    compiled.value?.policies.map(({ id }) => id),
    ['small-refunds', 'any-refund', 'not-twice'],
  );
  assert.equal(compiled.value?.entities.get({ type: 'User', id: 'bob' })?.exists, true);
  assert.ok(compiled.value?.entities.schema !== undefined);
});

test('no files are no set', async () => {
  assert.deepEqual(await compileCedarFiles([]), { ok: true, value: undefined });
});

test('the JSON form is read as well as text', async () => {
  const json = {
    effect: 'permit',
    ...{ principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' }, conditions: [] },
    annotations: { id: 'from-json' },
  };
  const compiled = await compileCedarFiles([{ language: 'cedar', file: 'a.cedar.json', text: JSON.stringify(json) }]);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  assert.deepEqual(
    compiled.value?.policies.map(({ id }) => id),
    ['from-json'],
  );
});

test('every mistake has the file and the line where it stands', async () => {
  const staff = 'staff.cedarentities.json';
  for (const [files, place] of [
    [changed('.cedar', (text) => text.replace('when {', 'when (')), /^refunds\.cedar:4:/u],
    [changed('.cedar', (text) => text.replace('context.amount', 'context.amont')), /^refunds\.cedar:4:/u],
    [changed('.cedar', (text) => text.replace('"any-refund"', '"small-refunds"')), /^refunds\.cedar:[67]:/u],
    [changed('.cedarschema', (text) => text.replace('refunded: Bool', 'refunded: Boool')), /^refunds\.cedarschema:3:/u],
    [changed('.cedarschema', (text) => text.replace('entity Group;', 'entity Group')), /^refunds\.cedarschema:2:/u],
    [changed('.json', (text) => text.replace('"bob"', 'bob')), /^staff\.cedarentities\.json:3:/u],
    [changed('.json', (text) => text.replace('"type": "User", "id": "bob"', '"type": "Usr", "id": "bob"')), /:3:3$/u],
    [changed('.json', (text) => text.replace('{ "refunded": true }', '{}')), /:4:3$/u],
    [changed('.json', () => '{}'), /^staff\.cedarentities\.json:1:1$/u],
    [[...FILES, { language: 'cedar-schema', file: 'b.cedarschema', text: '' }], /^b\.cedarschema:1:1$/u],
    [[...FILES, { language: 'cedar-entities', file: 'more.json', text: '[1]' }], /^more\.json:1:2$/u],
  ] as const) {
    const [problem] = await problems(files as readonly CedarFile[]);
    assert.ok(problem !== undefined);
    assert.match(problem.code, /^cedar\//u);
    assert.ok(problem.at !== undefined, problem.message);
    assert.match(formatSpan(problem.at), place, `${problem.message} in ${staff}`);
  }
});

test('a cycle is shown where it closes, and an entity given differently in two files is refused', async () => {
  const group = (id: string, parent: string): object => ({
    ...{ uid: { type: 'Group', id }, attrs: {} },
    parents: [{ type: 'Group', id: parent }],
  });
  const entities = (file: string, ...all: readonly object[]): CedarFile => {
    return { language: 'cedar-entities', file, text: `[\n${all.map((each) => JSON.stringify(each)).join(',\n')}\n]` };
  };
  const [cycle] = await problems([entities('a.json', group('a', 'b'), group('b', 'a'))]);
  assert.equal(cycle?.code, 'cedar/entity-cycle');
  assert.equal(cycle.at === undefined ? '' : formatSpan(cycle.at), 'a.json:3:1');
  const [twice] = await problems([entities('a.json', group('a', 'b')), entities('b.json', group('a', 'c'))]);
  assert.equal(twice?.code, 'cedar/duplicate-entity');
  assert.match(twice.message, /`Group::"a"`/u);
});

test('what is wrong with policies and with entities is told at once', async () => {
  const files = changed('.cedar', (text) => text.replace('when {', 'when (')).map((file) =>
    file.language === 'cedar-entities' ? { ...file, text: '[{}]' } : file,
  );
  assert.deepEqual(
    new Set((await problems(files)).map(({ at }) => at?.file)),
    new Set(['refunds.cedar', 'staff.cedarentities.json']),
  );
});
