import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

import { readOneFile, readPolicyFiles, watchPolicyFiles, writeReport } from './policy-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-policy-files-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('a folder is read with what lies below it, and without what is no policy, no data and no bundle', () => {
  for (const path of ['b.rego', 'a/data.json', 'a/x.yaml', 'a/c/y.yml', '.manifest', '.signatures.json'])
    write(`read/${path}`, path);
  for (const path of ['README.md', '.hidden.rego', '.git/x.rego', 'node_modules/z/x.rego', 'x.tar.gz'])
    write(`read/${path}`, path);
  symlinkSync('/etc/passwd', join(folder, 'read/link.rego'));
  const given = join(folder, 'read');
  const files = readPolicyFiles([`${given}/`, join(given, 'b.rego')]);
  assert.ok(files.ok);
  const found = files.value.map(({ below, bytes }) => `${below?.join('/') ?? ''}=${Buffer.from(bytes).toString()}`);
  const wanted = ['.manifest', '.signatures.json', 'a/c/y.yml', 'a/data.json', 'a/x.yaml', 'b.rego'];
  assert.deepEqual(
    found,
    wanted.map((path) => `${path}=${path}`),
  );
  const one = readPolicyFiles([join(given, 'README.md')]);
  assert.ok(one.ok);
  assert.deepEqual(
    one.value.map(({ below }) => below),
    [undefined],
  );
});

test('what is not there is said, whatever is asked of it', async () => {
  const absent = join(folder, 'absent/x');
  const read = readPolicyFiles([folder, absent]);
  assert.equal(read.ok || read.problem.code, 'policy-files/unreadable');
  const one = await readOneFile(absent, noBytes());
  assert.equal(one.ok || one.problem.code, 'policy-files/unreadable');
  const watching = watchPolicyFiles([folder, absent], () => undefined);
  assert.equal(watching.ok || watching.problem.code, 'policy-files/unreadable');
  const written = await writeReport(absent, 'x');
  assert.equal(written.ok || written.problem.code, 'policy-files/unwritable');
});

test('one file is read and written, and standard input is a file named with a dash', async () => {
  const file = join(folder, 'report.xml');
  assert.ok((await writeReport(file, 'done')).ok);
  assert.equal(readFileSync(file, 'utf8'), 'done');
  assert.deepEqual(await readOneFile(file, noBytes()), { ok: true, value: Buffer.from('done') });
  async function* typed(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"a"');
    yield Buffer.from(':1}');
  }
  assert.deepEqual(await readOneFile('-', typed()), { ok: true, value: Buffer.from('{"a":1}') });
});

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // There is nothing to read.
}

test('a change below a folder and of a file that an editor replaces are noticed, until nobody watches', async () => {
  write('watched/deep/a.rego', 'package a');
  const single = write('single/b.rego', 'package b');
  let changes = 0;
  let { promise, resolve } = Promise.withResolvers<undefined>();
  const watching = watchPolicyFiles([join(folder, 'watched'), single], () => {
    changes += 1;
    resolve(undefined);
  });
  assert.ok(watching.ok);
  write('watched/deep/a.rego', 'package a\n');
  await promise;
  ({ promise, resolve } = Promise.withResolvers<undefined>());
  renameSync(write('single/b.rego~', 'package b\n'), single);
  await promise;
  watching.value();
  assert.ok(changes >= 2);
});
