/** A Workload API over a real authority in a temporary directory, and processes that call it: for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { createBundleSource, type FederatedBundles } from '../../src/identity/bundle-source.ts';
import { type LinuxCalls, openLinuxCalls } from '../../src/identity/attestation/linux-calls.ts';
import { Registry } from '../../src/identity/attestation/registry.ts';
import type { Registration } from '../../src/identity/attestation/registration.ts';
import { openAuthority } from '../../src/identity/certificate-authority.ts';
import { createSvidSource, type RenewingSvidSource } from '../../src/identity/svid-source.ts';
import { systemTimers, type Timers } from '../../src/identity/timers.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { LedgerEvent } from '../../src/kernel/ledger-event.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { SpiffeId } from '../../src/kernel/spiffe-id.ts';
import type { TrustDomain } from '../../src/kernel/trust-domain.ts';
import { X509Source } from '../../src/protocols/spiffe-workload/client.ts';
import { serveWorkloadApi, type WorkloadApi } from '../../src/protocols/spiffe-workload/server.ts';

export const DOMAIN = 'test.example' as TrustDomain;

export function idOf(path: string): SpiffeId {
  return `spiffe://${DOMAIN}/${path}` as SpiffeId;
}

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.problem.code}: ${result.problem.message}`);
}

/** Holds every callback until the test fires it. */
export type HeldTimers = Timers & { readonly fire: () => void };

export function holdTimers(): HeldTimers {
  const waiting = new Set<() => void>();
  return {
    after: (_delayMs, callback) => {
      waiting.add(callback);
      return () => void waiting.delete(callback);
    },
    fire: () => {
      const due = [...waiting];
      waiting.clear();
      for (const callback of due) callback();
    },
  };
}

export type TestApi = AsyncDisposable & {
  readonly api: WorkloadApi;
  /** Another server on the same path, once the first is closed. */
  readonly serveAgain: () => Promise<WorkloadApi>;
  readonly calls: LinuxCalls;
  readonly directory: string;
  readonly socketPath: string;
  readonly registry: Registry;
  readonly domain: TrustDomain;
  readonly bundles: FederatedBundles;
  readonly events: readonly LedgerEvent[];
  readonly refusalTimers: HeldTimers;
  /** Makes the source of this entry issue a new SVID; settles when it did. */
  readonly rotate: (entry: Registration) => Promise<void>;
  /** Gives every process of our own uid this identity. */
  readonly register: (path: string) => Registration;
  readonly source: (timers?: Timers) => X509Source;
};

export async function startWorkloadApi(domain: string = DOMAIN): Promise<TestApi> {
  const trustDomain = domain as TrustDomain;
  const directory = await mkdtemp(join(tmpdir(), 'workload-api-'));
  await chmod(directory, 0o755);
  const calls = unwrap(openLinuxCalls());
  const registry = new Registry();
  const events: LedgerEvent[] = [];
  const record = (event: LedgerEvent): Promise<void> => {
    events.push(event);
    return Promise.resolve();
  };
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const onProblem = (problem: { readonly message: string }): void => console.error(problem.message);
  const base = { clock: systemClock, random, record };
  const authority = unwrap(
    await openAuthority({
      ...base,
      directory: join(directory, 'authority'),
      trustDomain,
      timers: systemTimers,
      onProblem,
    }),
  );
  const bundles = createBundleSource(authority);
  // The clock of one entry's source jumps past its SVID's end, further each time, and back once it renewed.
  const sources = new Map<
    Registration,
    { readonly source: Promise<RenewingSvidSource>; skew: number; jumps: number }
  >();
  const svidsFor = (entry: Registration): Promise<RenewingSvidSource> => {
    const known = sources.get(entry);
    if (known !== undefined) return known.source;
    const clock = {
      now: () => systemClock.now() + (sources.get(entry)?.skew ?? 0),
      monotonic: () => systemClock.monotonic() + (sources.get(entry)?.skew ?? 0),
    };
    const { id, ttlSeconds } = entry;
    const made = createSvidSource({ authority, id, ttlSeconds, clock, timers: holdTimers(), random, onProblem });
    const source = made.then(unwrap);
    sources.set(entry, { source, skew: 0, jumps: 0 });
    return source;
  };
  const rotate = async (entry: Registration): Promise<void> => {
    const held = sources.get(entry);
    if (held === undefined) throw new Error('nobody asked for this identity yet');
    const source = await held.source;
    await new Promise<void>((resolve) => {
      const stop = source.onRotation(() => {
        stop();
        resolve();
      });
      held.jumps += 1;
      held.skew = held.jumps * 2 * entry.ttlSeconds * 1000;
      source.current();
    });
    held.skew = 0;
  };
  const socketPath = join(directory, 'run', 'workload.sock');
  const refusalTimers = holdTimers();
  const serve = async (): Promise<WorkloadApi> =>
    unwrap(await serveWorkloadApi({ ...base, timers: refusalTimers, socketPath, registry, svidsFor, bundles, calls }));
  const api = await serve();
  return {
    api,
    serveAgain: serve,
    calls,
    directory,
    socketPath,
    registry,
    domain: trustDomain,
    bundles,
    events,
    refusalTimers,
    rotate,
    register: (path) => {
      const attest = { kind: 'unix', uid: process.getuid?.() ?? 0 } as const;
      return unwrap(registry.add({ id: idOf(path), ttlSeconds: 3600, attest }));
    },
    source: (timers = systemTimers) => {
      const endpoint = { kind: 'unix', path: socketPath } as const;
      return new X509Source({ endpoint, clock: systemClock, timers, random });
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      for (const { source } of sources.values()) await (await source)[Symbol.asyncDispose]();
      await authority[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A process that runs one of the `*.child.ts` beside this file and speaks in lines of JSON. */
export type Child = Disposable & {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line; rejects when the process ended without one. */
  readonly line: () => Promise<Readonly<Record<string, unknown>>>;
  readonly tell: (line: string) => void;
  readonly exited: Promise<void>;
};

export function startChild(name: string, args: readonly string[], options: { readonly uid?: number } = {}): Child {
  const file = new URL(name, import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  if (child.pid === undefined) throw new Error('the child did not start');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    pid: child.pid,
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error(`${name} ended without another line`);
      return JSON.parse(next.value) as Record<string, unknown>;
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    exited: new Promise((resolve) => child.once('exit', () => resolve())),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
