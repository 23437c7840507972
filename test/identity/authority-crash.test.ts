import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { authorityBench, createFolder, openedAuthority } from '../../src/identity/testing/authority.ts';

const program = fileURLToPath(new URL('authority.child.ts', import.meta.url));

type Child = {
  readonly process: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly exited: Promise<unknown>;
};

/** Started and loaded; what is left to do is to open the authority. */
async function start(directory: string): Promise<Child> {
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await lines.next();
  assert.equal(ready.value, 'ready');
  return { process: child, lines, exited };
}

async function kill({ process: child, exited }: Child): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}

test('an authority that was told of survives a kill at any moment, and nothing is left over', async () => {
  // The work takes a few milliseconds: kills are spread over them, and the last comes after it was told.
  for (const delayMs of [0, 1, 2, 3, 5, 8, 13, 40]) {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, Date.now());
    const child = await start(options.directory);
    const told = child.lines.next();
    await setTimeout(delayMs);
    await kill(child);
    const line: string | undefined = (await told).value;
    const authority = await openedAuthority(options);
    const [bytes] = authority.bundle().authorities;
    const serial = new X509Certificate(bytes ?? new Uint8Array()).serialNumber.toLowerCase();
    if (line !== undefined) assert.equal(serial, line, `killed after ${delayMs} ms`);
    assert.deepEqual(await readdir(options.directory), ['authority-1.pem'], `killed after ${delayMs} ms`);
    await authority[Symbol.asyncDispose]();
  }
});

test('processes that start at once agree on one authority', async () => {
  await using folder = await createFolder();
  const directory = join(folder.path, 'authority');
  const children = await Promise.all([1, 2, 3].map(() => start(directory)));
  const serials = await Promise.all(children.map(async ({ lines }) => (await lines.next()).value));
  assert.match(serials[0] ?? '', /^[0-9a-f]{32}$/u);
  assert.equal(new Set(serials).size, 1, serials.join(' '));
  assert.deepEqual(await readdir(directory), ['authority-1.pem']);
  await Promise.all(children.map(kill));
});
