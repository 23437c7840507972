/** The published package: packed, installed into an empty folder, and run from there by its own command. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePorts, temporaryFolder } from '../fixtures/deployment.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

/** npm as the tests were started by it, run by this Node; else the one on the PATH. */
function npm(words: readonly string[], cwd: string): Promise<{ stdout: string }> {
  const path = process.env['npm_execpath'];
  const [command, args] = path === undefined ? ['npm', words] : [process.execPath, [path, ...words]];
  return run(command, args, { cwd, env: environment });
}

test('the packed tarball, installed into an empty folder, runs a deployment', async () => {
  const folder = temporaryFolder('countersign-pack');
  await run(process.execPath, ['scripts/build.ts'], { cwd: root, env: environment });
  await run(process.execPath, ['node_modules/publint/src/cli.js', 'run', '--strict', '.'], {
    cwd: root,
    env: environment,
  });
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder.path], root);
  const [tarball = ''] = readdirSync(folder.path);
  const home = join(folder.path, 'home');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  await npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', join('..', tarball)], home);
  const command = join(home, 'node_modules/.bin/countersign');
  const env = { ...environment, XDG_RUNTIME_DIR: home };
  assert.match((await run(command, ['--version'], { env })).stdout, /^\d+\.\d+\.\d+\n$/u);

  const deployment = join(home, 'hello');
  const [port] = await freePorts(1);
  mkdirSync(join(deployment, 'policies'), { recursive: true });
  writeFileSync(
    join(deployment, 'countersign.yaml'),
    `trustDomain: pack.example
workloads:
  hello:
    command: ["node", "-e", "process.exit(process.env.SPIFFE_ENDPOINT_SOCKET ? 0 : 1)"]
    job: true
    serves: { port: ${port} }
`,
  );
  const { stdout } = await run(command, ['up', deployment, '--once', '--json'], { env });
  const round = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; ok?: boolean })
    .find(({ kind }) => kind === 'round');
  assert.equal(round?.ok, true, stdout);
  const verified = await run(command, ['ledger', 'verify', '--dir', deployment, '--json'], { env });
  assert.equal((JSON.parse(verified.stdout) as { kind: string }).kind, 'intact');

  // The compiler of Cedar as a library, as its documentation uses it.
  const use = join(home, 'use.mjs');
  writeFileSync(use, readFileSync(join(root, 'docs/cedar.md'), 'utf8').split('```js\n')[1]?.split('```')[0] ?? '');
  const used = await run(process.execPath, [use], { env });
  assert.equal(used.stdout, 'allow\ndeny\n`context.amount` at most `100` (it is `250`)\n');

  // That of Rego, as a stranger would who has its types alone, and none of Node.
  const stranger = join(home, 'stranger.mjs');
  writeFileSync(stranger, readFileSync(join(root, 'test/packaging/rego-stranger.mjs'), 'utf8'));
  const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--module', 'nodenext', '--lib', 'esnext,dom'];
  await run(join(root, 'node_modules/.bin/tsc'), [...options, '--types', '', stranger], { cwd: home, env });
  const { stdout: answer } = await run(process.execPath, [stranger], { env });
  assert.deepEqual(JSON.parse(answer), {
    decisions: [true, false],
    rows: [{ role: 'clerk' }],
    problem: 'rego/unsafe-variable bad.rego:3:11',
    sum: '18014398509481986',
    fetched: { level: 3 },
    refused: 'http.send: disallowed host: example.com',
    bundle: false,
  });
  folder.dispose();
});
