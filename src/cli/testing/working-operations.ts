/** Operations with real behaviour in memory: one deployment, with its workloads, its ledger and what can be explained. */
import { makeEventId } from '../../kernel/event-id.ts';
import type { LedgerEvent } from '../../kernel/ledger-event.ts';
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import type { LedgerReport } from '../../ledger/verify-ledger.ts';
import type { Decided, Explained, FollowedEvent, Status, WorkloadStatus } from '../../protocols/admin/contract.ts';
import type { Finding, FoundFile, LedgerFilter, Operations } from '../operations.ts';
import { problemLines } from '../problem-text.ts';

export type Deployed = {
  readonly directory: string;
  /** Whether a server runs; the ledger and the history of policies are read without one. */
  readonly running: boolean;
  readonly workloads: readonly WorkloadStatus[];
  readonly events: readonly LedgerEvent[];
  readonly explanations: readonly Explained[];
  readonly report: LedgerReport;
  readonly findings: readonly Finding[];
  /** Wall time in milliseconds since 1970. */
  readonly now: number;
  /** Texts of files by their paths, which a command about policies may read, and those it wrote. */
  readonly files?: Map<string, string>;
  /** What is called after each change of them; filled by who watches. */
  readonly watchers?: Set<() => void>;
  /** What the first round of `up` showed. */
  readonly roundAsExpected: boolean;
};

export function workingOperations(deployed: Deployed): Operations {
  const find = (directory: string | undefined): Result<Deployed> => {
    if (directory === undefined || directory === deployed.directory) return ok(deployed);
    const message = `there is no countersign.yaml in \`${directory}\``;
    return err({ code: 'deployment/missing', message, hint: 'name the folder of a deployment' });
  };
  const running = (directory: string | undefined): Result<Deployed> => {
    const found = find(directory);
    if (!found.ok || found.value.running) return found;
    const message = `no server answers on \`${deployed.directory}/admin.sock\` (ENOENT)`;
    return err({ code: 'admin/unreachable', message, hint: 'start it with `countersign up`' });
  };
  const entries = deployed.events.map((event, sequence): LedgerEntry => ({ sequence, event }));
  return {
    up: ({ directory, once, json, terminal }) => {
      const found = find(directory === '.' ? undefined : directory);
      if (!found.ok) return Promise.resolve(tellAndFail(found.problem, terminal));
      terminal.print(json ? '{"kind":"ready"}' : 'ready');
      return Promise.resolve(once && !deployed.roundAsExpected ? 1 : 0);
    },
    run: ({ directory, name, command, terminal }) => {
      const found = running(directory);
      if (!found.ok) return Promise.resolve(tellAndFail(found.problem, terminal));
      if (!deployed.workloads.some((workload) => workload.name === name)) {
        const problem = { code: 'admin/no-such-workload', message: `no workload \`${name}\` is declared` };
        return Promise.resolve(tellAndFail(problem, terminal));
      }
      terminal.print(`${name}: ${command.join(' ')}`);
      return Promise.resolve(command[0] === 'exit' ? Number(command[1]) : 0);
    },
    status: (directory) => Promise.resolve(mapped(running(directory), statusOf)),
    explain: (directory, id) => {
      const found = find(directory);
      if (!found.ok) return Promise.resolve(found);
      const explained = deployed.explanations.find((each) => idOf(each) === id);
      const message = `no event \`${id}\` is in the ledger`;
      return Promise.resolve(explained === undefined ? err({ code: 'admin/no-such-event', message }) : ok(explained));
    },
    decide: (directory, { subject }) => {
      const id = makeEventId(deployed.now, (bytes) => new Uint8Array(bytes));
      const span = { file: 'policies/guards.rego', line: 3, column: 1, endLine: 5, endColumn: 2 };
      const reason = { layer: 'guards', policy: 'shop.guards', span };
      const decided: Decided =
        subject.id === 'alice'
          ? { id, effect: 'allow', reasons: [], obligations: [{ kind: 'mask', data: { fields: ['iban'] } }] }
          : { id, effect: 'deny', reasons: [{ ...reason, message: 'the books are closed' }], obligations: [] };
      return Promise.resolve(mapped(running(directory), () => decided));
    },
    follow: (directory) => Promise.resolve(mapped(running(directory), () => streamOf<FollowedEvent>(entries))),
    readLedger: (directory, filter) => {
      const wanted = entries.filter(({ event }) => passes(event, filter, deployed.now));
      return Promise.resolve(mapped(find(directory), () => streamOf(wanted)));
    },
    verifyLedger: (directory) => Promise.resolve(mapped(find(directory), ({ report }) => report)),
    readPolicyFiles: (paths) => foundFiles(deployed.files ?? new Map(), paths),
    readFile: (path) => {
      const text = deployed.files?.get(path);
      return Promise.resolve(text === undefined ? err(noFile(path)) : ok(Buffer.from(text, 'latin1')));
    },
    writeFile: (path, text) => {
      deployed.files?.set(path, Buffer.from(text).toString('latin1'));
      return Promise.resolve(ok(undefined));
    },
    watchPolicyFiles: (_, onChange) => {
      deployed.watchers?.add(onChange);
      return ok(() => deployed.watchers?.delete(onChange));
    },
    monotonic: () => performance.now(),
    doctor: (directory) => {
      const found = find(directory);
      if (found.ok) return Promise.resolve(deployed.findings);
      return Promise.resolve([{ what: 'deployment', state: 'missing', detail: found.problem.message }]);
    },
  };
}

/** Texts hold one character for each byte, so that bundles are files like others. */
function foundFiles(files: ReadonlyMap<string, string>, paths: readonly string[]): Result<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const given of paths) {
    const below = [...files].filter(([file]) => file === given || file.startsWith(`${given}/`));
    if (below.length === 0) return err(noFile(given));
    for (const [file, text] of below) {
      const bytes = Buffer.from(text, 'latin1');
      found.push({ given, file, below: file === given ? undefined : file.slice(given.length + 1).split('/'), bytes });
    }
  }
  return ok(found);
}

function noFile(path: string): Problem {
  return { code: 'policy-files/unreadable', message: `\`${path}\` cannot be read: ENOENT` };
}

function tellAndFail(problem: Problem, terminal: Parameters<Operations['run']>[0]['terminal']): number {
  for (const line of problemLines(problem, terminal)) terminal.complain(line);
  return 1;
}

function mapped<T, U>(result: Result<T>, map: (value: T) => U): Result<U> {
  return result.ok ? ok(map(result.value)) : result;
}

async function* streamOf<T>(values: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* values;
}

function passes(event: LedgerEvent, { kind, sinceMilliseconds }: LedgerFilter, now: number): boolean {
  if (kind !== undefined && event.kind !== kind) return false;
  return sinceMilliseconds === undefined || event.time >= now - sinceMilliseconds;
}

function idOf(explained: Explained): string {
  return explained.kind === 'decision' ? explained.decision.id : explained.event.id;
}

function statusOf({ directory, workloads, events, now }: Deployed): Status {
  return {
    version: '0.1.0',
    directory,
    trustDomain: 'shop.example',
    pid: 1,
    startedAt: now,
    revision: 1,
    ledger: { directory: `${directory}/ledger`, entries: events.length },
    workloadApi: `unix://${directory}/workload.sock`,
    accessApi: `${directory}/access.sock`,
    workloads,
  };
}
