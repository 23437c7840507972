import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import type { Result } from '../../kernel/result.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { Caller } from './attested-peer.ts';
import { openLinuxCalls } from './linux-calls.ts';
import { TrackedProcess } from './process-tree.ts';
import type { Attest, Registration, UnixSelectors } from './registration.ts';
import { Registry } from './registry.ts';

const SHA = 'ab'.repeat(32);

function unwrap<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

/** Our own process as a caller: alive, and of no started process. */
function caller(over: Partial<Caller> = {}): Caller & { readonly hashed: () => number } {
  let hashed = 0;
  return {
    pid: process.pid,
    uid: 1000,
    gid: 100,
    startTicks: 1,
    executable: { kind: 'known', path: '/usr/bin/web' },
    sha256: () => {
      hashed += 1;
      return Promise.resolve({ ok: true, value: SHA });
    },
    isAlive: () => true,
    ...over,
    hashed: () => hashed,
  };
}

function entry(name: string, attest: Attest, ttlSeconds: number = 60): Registration {
  return { id: `spiffe://test.example/${name}` as SpiffeId, ttlSeconds, attest };
}

function unix(name: string, selectors: UnixSelectors): Registration {
  return entry(name, { kind: 'unix', ...selectors });
}

async function idsFor(registry: Registry, who: Caller): Promise<readonly string[]> {
  const match = await registry.match(who);
  return match.kind === 'matched' ? match.entries.map(({ id }) => id.replace(/.*\//u, '')) : [];
}

test('all selectors of an entry must match, and one that does not is enough to refuse', async () => {
  const all = { uid: 1000, gid: 100, path: '/usr/bin/web', sha256: SHA };
  for (const [selectors, matches] of [
    [all, true],
    [{ uid: 1000 }, true],
    [{ sha256: SHA }, true],
    [{ ...all, uid: 1001 }, false],
    [{ ...all, gid: 0 }, false],
    [{ ...all, path: '/usr/bin/web2' }, false],
    [{ ...all, path: '/usr/bin/we' }, false],
    [{ ...all, sha256: '00'.repeat(32) }, false],
  ] as const) {
    const registry = new Registry();
    unwrap(registry.add(unix('web', selectors)));
    assert.deepEqual(await idsFor(registry, caller()), matches ? ['web'] : [], JSON.stringify(selectors));
  }
});

test('an entry that everybody or nobody could match is refused', () => {
  const registry = new Registry();
  for (const [bad, code] of [
    [unix('web', {}), 'registration/no-selectors'],
    [unix('web', { uid: -1 }), 'registration/bad-uid'],
    [unix('web', { gid: 1.5 }), 'registration/bad-uid'],
    [unix('web', { uid: 2 ** 32 - 1 }), 'registration/bad-uid'],
    [unix('web', { path: 'bin/web' }), 'registration/bad-path'],
    [unix('web', { sha256: SHA.toUpperCase() }), 'registration/bad-sha256'],
    [entry('web', { kind: 'unix', uid: 0 }, 0), 'registration/bad-ttl'],
    [entry('web', { kind: 'unix', uid: 0 }, 1e9), 'registration/bad-ttl'],
    [entry('web', { kind: 'unix', uid: 0 }, Number.NaN), 'registration/bad-ttl'],
    [{ ...unix('web', { uid: 0 }), id: 'spiffe://test.example' as SpiffeId }, 'registration/id-without-path'],
  ] as const) {
    const result = registry.add(bad);
    assert.equal(result.ok ? 'added' : result.problem.code, code);
  }
  const good = unix('web', { uid: 0 });
  assert.equal(registry.add(good).ok, true);
  const twice = registry.add(good);
  assert.equal(twice.ok ? 'added' : twice.problem.code, 'registration/twice');
  assert.deepEqual(registry.entries(), [good]);
});

test('entries match in a stable order: started processes first, then as they were added', async () => {
  const calls = unwrap(openLinuxCalls());
  const registry = new Registry();
  const first = unix('first', { uid: 1000 });
  unwrap(registry.add(first));
  unwrap(registry.add(unix('second', { gid: 100 })));
  using own = unwrap(TrackedProcess.track(calls, process.pid));
  unwrap(registry.add(entry('started', { kind: 'started', process: own })));
  assert.deepEqual(await idsFor(registry, caller()), ['started', 'first', 'second']);
  assert.equal(registry.remove(first), true);
  assert.equal(registry.remove(first), false);
  unwrap(registry.add(first));
  assert.deepEqual(await idsFor(registry, caller()), ['started', 'second', 'first']);
});

test('a started process is matched by its tree, whatever it says of itself, and leaves when it ends', async () => {
  const calls = unwrap(openLinuxCalls());
  const registry = new Registry();
  const child = spawn('sleep', ['60']);
  assert.ok(child.pid !== undefined);
  using tracked = unwrap(TrackedProcess.track(calls, child.pid));
  unwrap(registry.add(entry('started', { kind: 'started', process: tracked })));
  assert.deepEqual(await idsFor(registry, caller({ pid: child.pid })), ['started']);
  assert.deepEqual(await idsFor(registry, caller()), []);
  assert.deepEqual(await idsFor(registry, caller({ pid: child.pid, isAlive: () => false })), []);
  const told = new Promise<void>((resolve) => registry.onChange(resolve));
  child.kill('SIGKILL');
  await told;
  assert.deepEqual(registry.entries(), []);
  const late = registry.add(entry('started', { kind: 'started', process: tracked }));
  assert.equal(late.ok ? 'added' : late.problem.code, 'registration/ended');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
});

test('each change is told, to those who still listen', () => {
  const registry = new Registry();
  let told = 0;
  const stop = registry.onChange(() => (told += 1));
  const one = unix('web', { uid: 1 });
  unwrap(registry.add(one));
  registry.remove(one);
  assert.equal(told, 2);
  stop();
  unwrap(registry.add(one));
  assert.equal(told, 2);
});

test('the explanation names what was collected, the nearest entry and what it misses', async () => {
  const registry = new Registry();
  unwrap(registry.add(unix('far', { uid: 1, gid: 1 })));
  unwrap(registry.add(unix('near', { uid: 1000, path: '/usr/bin/other' })));
  const match = await registry.match(caller());
  assert.deepEqual(match, {
    kind: 'unmatched',
    explanation: {
      collected: { pid: process.pid, uid: 1000, gid: 100, path: '/usr/bin/web' },
      nearest: {
        id: 'spiffe://test.example/near',
        missing: ['wants path `/usr/bin/other`, the caller has `/usr/bin/web`'],
      },
    },
  });
  const empty = await new Registry().match(caller({ executable: { kind: 'unknown', why: 'not ours to see' } }));
  const collected = { pid: process.pid, uid: 1000, gid: 100, pathUnknown: 'not ours to see' };
  assert.deepEqual(empty, { kind: 'unmatched', explanation: { collected } });
});

test('a program is hashed only for an entry whose other selectors match, and then once', async () => {
  const registry = new Registry();
  unwrap(registry.add(unix('other', { uid: 1, sha256: SHA })));
  const who = caller();
  assert.deepEqual(await idsFor(registry, who), []);
  assert.equal(who.hashed(), 0);
  unwrap(registry.add(unix('web', { uid: 1000, sha256: SHA })));
  unwrap(registry.add(unix('web2', { gid: 100, sha256: SHA })));
  assert.deepEqual(await idsFor(registry, who), ['web', 'web2']);
  assert.equal(who.hashed(), 1);
});

test('a path or digest that cannot be read matches nothing, and says why', async () => {
  const registry = new Registry();
  unwrap(registry.add(unix('path', { path: '/usr/bin/web' })));
  const hidden = caller({ executable: { kind: 'unknown', why: 'EACCES' } });
  assert.deepEqual(await idsFor(registry, hidden), []);
  const unread = new Registry();
  unwrap(unread.add(unix('sha', { sha256: SHA })));
  const problem = { code: 'attestation/executable-unreadable', message: 'no way' };
  const match = await unread.match(caller({ sha256: () => Promise.resolve({ ok: false, problem }) }));
  assert.equal(match.kind, 'unmatched');
  assert.deepEqual(match.kind === 'unmatched' && match.explanation.nearest?.missing, [
    `wants sha256 \`${SHA}\`, but no way`,
  ]);
});

test('an entry that is removed while the program is hashed gives nothing', async () => {
  const registry = new Registry();
  const web = unix('web', { sha256: SHA });
  unwrap(registry.add(web));
  const slow = caller({
    sha256: () => {
      registry.remove(web);
      return Promise.resolve({ ok: true, value: SHA });
    },
  });
  assert.deepEqual(await idsFor(registry, slow), []);
});
