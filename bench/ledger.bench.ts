/** Events a second that the ledger acknowledges as durable, beside a plain file and SQLite on the same disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../src/kernel/clock.ts';
import { makeEventId } from '../src/kernel/event-id.ts';
import type { LedgerEvent } from '../src/kernel/ledger-event.ts';
import { canonicalJson } from '../src/ledger/canonical-json.ts';
import { toVerifierKey } from '../src/ledger/note-key.ts';
import { openLedger } from '../src/ledger/open-ledger.ts';
import type { Bar } from './bar.ts';

/** Batch size, and how many batches are measured after as many tenths of warming up. */
const RUNS = [
  { size: 1, batches: 2_000 },
  { size: 100, batches: 1_000 },
  { size: 1000, batches: 200 },
] as const;
/** Callers that each wait for their batch; with two, one batch is filled while the other is on its way to the disk. */
const CALLERS = 2;

type Figures = { readonly ledger: number; readonly file: number; readonly sqlite: number; readonly cpu: number };

/** Runs in a process of its own that `taskset` holds on one core. */
export async function run(args: readonly string[]): Promise<readonly Bar[]> {
  if (args[0] === '--measure') {
    process.stdout.write(`${JSON.stringify(await measureAll())}\n`);
    return [];
  }
  const program = [process.execPath, '--no-warnings', fileURLToPath(import.meta.url), '--measure'] as const;
  const isPinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  const [command, ...rest] = isPinned ? ['taskset', '-c', '0', ...program] : program;
  const output = execFileSync(command, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const measured = JSON.parse(output) as readonly Figures[];
  return RUNS.map(({ size }, index) => {
    const { ledger, file, sqlite, cpu } = measured[index] as Figures;
    const where = isPinned ? 'one core' : 'not pinned: no taskset';
    return {
      name: `ledger, batches of ${size}`,
      figure: ledger,
      unit: 'events/s',
      ...(size === 1000 ? { bar: { atLeast: 80_000 } } : {}),
      peers: [
        { name: 'plain file, no chain', figure: file },
        { name: 'node:sqlite, no chain', figure: sqlite },
      ],
      note: `${textBytes()} bytes an event, serialising included, durable, ${CALLERS} callers, ${where}, ${cpu.toFixed(1)} µs of CPU an event`,
    };
  });
}

async function measureAll(): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  for (const { size, batches } of RUNS) {
    const events = Array.from({ length: size }, (_, index) => makeDecision(index));
    const [ledger, cpu] = await measureLedger(events, batches);
    figures.push({
      ledger,
      file: await measureFile(events, batches),
      sqlite: await measureSqlite(events, batches),
      cpu,
    });
  }
  return figures;
}

async function measureLedger(events: readonly LedgerEvent[], batches: number): Promise<readonly [number, number]> {
  return await inScratch(async (directory) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const verifierKey = toVerifierKey('bench.example/ledger', publicKey);
    const signer = { verifierKey, sign: (text: Uint8Array): Uint8Array => sign(null, text, privateKey) };
    await using ledger = await openLedger({ directory, signer, clock: systemClock });
    const write = async (): Promise<void> => void (await ledger.append(events));
    await repeat(write, batches / 10);
    const before = process.cpuUsage();
    const perSecond = await repeat(write, batches);
    const { user, system } = process.cpuUsage(before);
    return [perSecond * events.length, (user + system) / (batches * events.length)];
  });
}

/** The same text, gathered in one write and made durable; the serialising is the same too. */
async function measureFile(events: readonly LedgerEvent[], batches: number): Promise<number> {
  return await inScratch(async (directory) => {
    await using file = await open(join(directory, 'plain'), 'w');
    const write = async (): Promise<void> => {
      await file.write(events.map(textOf).join('\n'));
      await file.datasync();
    };
    await repeat(write, batches / 10, 1);
    return (await repeat(write, batches, 1)) * events.length;
  });
}

/** One transaction a batch, write-ahead log, durable at commit. */
async function measureSqlite(events: readonly LedgerEvent[], batches: number): Promise<number> {
  return await inScratch(async (directory) => {
    using database = new DatabaseSync(join(directory, 'events.db'));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE events (sequence INTEGER PRIMARY KEY, event TEXT NOT NULL)');
    const insert = database.prepare('INSERT INTO events (event) VALUES (?)');
    const write = async (): Promise<void> => {
      database.exec('BEGIN');
      for (const event of events) insert.run(textOf(event));
      database.exec('COMMIT');
    };
    await repeat(write, batches / 10, 1);
    return (await repeat(write, batches, 1)) * events.length;
  });
}

/** How often a second the work was done. */
async function repeat(work: () => Promise<void>, times: number, callers: number = CALLERS): Promise<number> {
  let left = times;
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return times / ((performance.now() - started) / 1000);
}

async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function textOf(event: LedgerEvent): string {
  const text = canonicalJson(event);
  if (!text.ok) throw new Error(text.problem.message);
  return text.value;
}

function textBytes(): number {
  return Buffer.byteLength(textOf(makeDecision(0)));
}

/** As the decision point records one. */
function makeDecision(number: number): LedgerEvent {
  const time = Date.now();
  const workload = { type: 'workload', id: 'spiffe://shop.example/ns/web/sa/frontend' } as const;
  return {
    id: makeEventId(time, randomBytes),
    time,
    kind: 'decision',
    actor: workload,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    data: {
      effect: 'allow',
      cause: { kind: 'granted' },
      subject: workload,
      action: { name: 'http:request', properties: { method: 'GET', path: `/orders/${10_000 + number}`, port: 8443 } },
      resource: { type: 'workload', id: 'spiffe://shop.example/ns/orders/sa/api' },
      reasons: [{ layer: 'mesh', policy: 'orders/allow-web', message: 'permitted by rules[0]' }],
      revision: 4211,
      micros: 3.25,
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(process.argv.slice(2));
