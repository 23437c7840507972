/** Folders of policies: which files are read in which language, where they are named, and how a change is seen. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { readPolicyFolders, watchPolicyFolders } from './policy-folder.ts';

type Folder = Disposable & { readonly path: string; readonly write: (file: string, text?: string) => void };

function folderOf(...files: readonly string[]): Folder {
  const path = mkdtempSync(join(tmpdir(), 'countersign-policies-'));
  const write = (file: string, text = file): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  for (const file of files) write(file);
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('a file is of the language that its name says', () => {
  using folder = folderOf(
    ...['a.yaml', 'b/c.yml', 'd.cedar', 'd.cedarschema', 'e.cedarentities.json', 'f.rego', 'f_test.rego'],
    ...['data.json', 'g/data.yaml', 'g/data.yml', 'README.md', 'g/other.json', '.hidden.rego', 'g/metadata.yaml'],
  );
  const read = readPolicyFolders([{ path: folder.path, shownAs: 'policies' }]);
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.map(({ file, language }) => `${file} ${language}`),
    [
      'policies/a.yaml mesh',
      'policies/b/c.yml mesh',
      'policies/d.cedar cedar',
      'policies/d.cedarschema cedar-schema',
      'policies/data.json rego-data',
      'policies/e.cedarentities.json cedar-entities',
      'policies/f.rego rego',
      'policies/f_test.rego rego',
      'policies/g/data.yaml rego-data',
      'policies/g/data.yml rego-data',
      'policies/g/metadata.yaml mesh',
    ],
  );
});

test('a folder may lie in another one or beside it, and each file is read once', () => {
  using folder = folderOf('policies/a.yaml', 'policies/guards/b.rego', 'admission/c.rego');
  const named = ['./policies', 'policies/guards/', 'admission'];
  const read = readPolicyFolders(named.map((shownAs) => ({ path: join(folder.path, shownAs), shownAs })));
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.map(({ file }) => file),
    ['policies/a.yaml', 'policies/guards/b.rego', 'admission/c.rego'],
  );
});

test('a folder that is not there is a problem that names it', () => {
  const read = readPolicyFolders([{ path: '/nowhere/guards', shownAs: 'guards' }]);
  assert.ok(!read.ok);
  assert.equal(read.problem.code, 'policies/unreadable');
  assert.match(read.problem.message, /`guards` cannot be read: ENOENT/u);
});

test(
  'a change in any of the folders is seen, in new folders and of replaced files, too',
  { timeout: 30_000 },
  async () => {
    using folder = folderOf('policies/a.yaml', 'guards/b.rego');
    let changed = Promise.withResolvers<void>();
    const stop = watchPolicyFolders([join(folder.path, 'policies'), join(folder.path, 'guards')], () =>
      changed.resolve(),
    );
    const seen = async (change: () => void): Promise<void> => {
      changed = Promise.withResolvers<void>();
      change();
      await changed.promise;
    };
    await seen(() => folder.write('policies/a.yaml', 'other'));
    await seen(() => folder.write('guards/b.rego', 'other'));
    await seen(() => mkdirSync(join(folder.path, 'guards/more')));
    await seen(() => folder.write('guards/more/data.json', '{}'));
    await seen(() => {
      folder.write('elsewhere', '{"a": 1}');
      renameSync(join(folder.path, 'elsewhere'), join(folder.path, 'guards/more/data.json'));
    });
    await seen(() => folder.write('guards/more/data.json', '{"a": 2}'));
    stop();
  },
);
