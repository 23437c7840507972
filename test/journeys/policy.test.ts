/** Policies on the command line as somebody writes them: check, ask, test, and test again while the files change. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { packBundle, signBundle } from '../../src/policy/rego/testing/pack-bundle.ts';
import { countersign, temporaryFolder } from '../fixtures/deployment.ts';

const MAIN = fileURLToPath(new URL('../../src/process/main.ts', import.meta.url));
const { path: folder, dispose } = temporaryFolder('countersign-policy');
after(dispose);

function write(path: string, content: string | Uint8Array): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const POLICY = 'package shop\n\nallow if input.user in data.shop.clerks\n';

function testOf(user: string): string {
  return `package shop_test\n\nimport data.shop\n\ntest_user if shop.allow with input.user as "${user}"\n`;
}

const policies = join(folder, 'policies');
write('policies/shop.rego', POLICY);
write('policies/shop/data.yaml', 'clerks: [alice]\n');

test('a policy is checked, asked and tested where no deployment is', async () => {
  write('policies/shop_test.rego', testOf('alice'));
  assert.deepEqual(await countersign(['policy', 'check', policies], folder), {
    ...{ code: 0, out: '2 policies: no problems\n', err: '' },
  });
  const input = write('input.json', '{"user":"alice"}');
  const asked = await countersign(['policy', 'eval', 'data.shop.allow', '-d', policies, '-i', input], folder);
  assert.deepEqual(asked, { code: 0, out: 'true\n', err: '' });
  const report = join(folder, 'report.xml');
  const tested = await countersign(
    ['policy', 'test', `${policies}/`, '--coverage-min', '100', '--junit', report],
    folder,
  );
  assert.deepEqual([tested.code, tested.err], [0, '']);
  assert.match(tested.out, /\n1 passed\n$/u);
  assert.match(readFileSync(report, 'utf8'), /<testsuite name="data\.shop_test" tests="1" failures="0"/u);
});

test('a signed bundle is asked when its signature holds', async () => {
  const files = { 'shop/p.rego': POLICY, 'shop/data.json': '{"clerks":["bob"]}', '.manifest': '{"roots":["shop"]}' };
  const bundle = write('bundle.tar.gz', await packBundle(signBundle(files, 'a secret')));
  const [key, other] = [write('key', 'a secret\n'), write('other', 'another\n')];
  const input = write('bob.yaml', 'user: bob\n');
  const ask = ['policy', 'eval', 'data.shop.allow', '-d', bundle, '-i', input, '--signing-alg', 'HS256'];
  const held = await countersign([...ask, '--verification-key', key], folder);
  assert.deepEqual(held, { code: 0, out: 'true\n', err: '' });
  const refused = await countersign([...ask, '--verification-key', other], folder);
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /^error: the signature of the bundle does not hold: .* \[rego-bundle\/bad-signature\]\n/u);
});

test('tests run again when a file changes, until Ctrl-C', async () => {
  const file = write('policies/shop_test.rego', testOf('alice'));
  const child = spawn(process.execPath, [MAIN, 'policy', 'test', policies, '--watch'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const summaries: string[] = [];
  const waiting: (() => void)[] = [];
  lines.on('line', (line) => {
    if (!/^\d+ passed/u.test(line)) return;
    summaries.push(line);
    for (const resolve of waiting.splice(0)) resolve();
  });
  const until = async (wanted: string): Promise<void> => {
    while (summaries.at(-1) !== wanted) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  try {
    await until('1 passed');
    writeFileSync(file, testOf('eve'));
    await until('0 passed, 1 failed');
    write('policies/shop/data.yaml', 'clerks: [alice, eve]\n');
    await until('1 passed');
  } finally {
    child.kill('SIGINT');
  }
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.equal(signal, 'SIGINT');
});
