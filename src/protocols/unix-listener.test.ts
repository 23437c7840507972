import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { listenForEveryone } from './unix-listener.ts';

let directory = '';
before(() => (directory = mkdtempSync(join(tmpdir(), 'listener-'))));
after(() => rmSync(directory, { recursive: true, force: true }));

async function open(path: string): Promise<Server> {
  const result = await listenForEveryone(path, (socket) => socket.on('error', () => {}).end('hello'));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

async function codeOf(path: string): Promise<string> {
  const result = await listenForEveryone(path, () => {});
  if (result.ok) result.value.close();
  return result.ok ? 'ok' : result.problem.code;
}

async function talk(path: string): Promise<string> {
  const socket = connect(path);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString();
}

test('the directory is made for others to pass through, the socket for others to connect to', async () => {
  const umask = process.umask(0o077);
  try {
    const path = join(directory, 'made', 'api.sock');
    const server = await open(path);
    assert.equal(statSync(join(directory, 'made')).mode & 0o777, 0o755);
    assert.equal(statSync(path).mode & 0o666, 0o666);
    assert.equal(await talk(path), 'hello');
    server.close();
  } finally {
    process.umask(umask);
  }
});

test('the socket of a process that was killed is replaced, that of a living one is refused', async () => {
  const path = join(directory, 'held.sock');
  const script =
    'require("net").createServer((s) => s.on("error", () => {}).end("held")).listen(process.argv[1], () => console.log("up"))';
  const holder = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  assert.equal(await codeOf(path), 'socket/in-use');
  assert.equal(await talk(path), 'held', 'the living one is untouched');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  assert.ok(statSync(path).isSocket(), 'a killed process leaves its socket');
  const server = await open(path);
  assert.equal(await talk(path), 'hello');
  assert.equal(await codeOf(path), 'socket/in-use', 'our own is a living one too');
  server.close();
});

test('what is no socket is never removed', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, 'precious');
  assert.equal(await codeOf(file), 'socket/not-a-socket');
  const link = join(directory, 'link');
  symlinkSync(file, link);
  assert.equal(await codeOf(link), 'socket/not-a-socket');
  assert.equal(statSync(file).size, 8);
});

test('a directory in which others could replace the socket is refused', async () => {
  const shared = join(directory, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  assert.equal(await codeOf(join(shared, 'api.sock')), 'socket/unsafe-directory');
  chmodSync(shared, 0o775);
  assert.equal(await codeOf(join(shared, 'api.sock')), 'socket/unsafe-directory');
  chmodSync(shared, 0o1777);
  assert.equal(await codeOf(join(shared, 'api.sock')), 'ok', 'the sticky bit keeps others from replacing it');
});

test('a path that clients could not connect to is refused with what to do', async () => {
  assert.equal(await codeOf('relative.sock'), 'endpoint/bad-path');
  const result = await listenForEveryone(join(directory, 'x'.repeat(108)), () => {});
  assert.ok(!result.ok);
  assert.equal(result.problem.code, 'socket/path-too-long');
  assert.match(result.problem.hint ?? '', /shorter directory/u);
  writeFileSync(join(directory, 'plain'), '');
  assert.equal(await codeOf(join(directory, 'plain', 'api.sock')), 'socket/cannot-listen');
});
