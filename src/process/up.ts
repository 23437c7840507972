/** `countersign up`: runs a deployment with a live account on the terminal, until Ctrl-C or the end of its round. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { callLine, comparisonLines, eventLine, summaryLines } from '../cli/account.ts';
import type { UpOptions } from '../cli/operations.ts';
import { problemLines } from '../cli/problem-text.ts';
import { harmless, jsonLine, table, type Terminal } from '../cli/terminal.ts';
import type { Problem } from '../kernel/problem.ts';
import { formatSpan } from '../kernel/source-span.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { type Audience, DeploymentRun, type RunEnvironment } from './deployment-run.ts';
import { type Deployment, readDeployment } from './find-deployment.ts';
import { Round, type RoundResult } from './round.ts';

/** What the reader of the account must know of this machine; SECURITY.md says it at length. */
const ISOLATION = [
  'What one machine cannot keep apart: a process of the same user can reach an app at its own loopback port,',
  'past its proxy. In production each workload has a user, a network namespace or a container of its own.',
];

const INTERRUPTED = 130;

export async function up(options: UpOptions, environment: RunEnvironment): Promise<number> {
  const { terminal, json, once } = options;
  const read = readDeployment(resolve(options.directory));
  if (!read.ok) {
    const { problems, text } = read.problem;
    return refuse(options, problems, () => text);
  }
  const deployment = read.value;
  const textOf = policyTextOf(deployment);
  const { declaration } = deployment;
  const names = new Map([...declaration.workloads.values()].map(({ id, name }) => [id as string, name]));
  const jobs = [...declaration.workloads.values()].filter(({ job }) => job).map(({ name }) => name);
  const round = new Round(declaration.expect, jobs, (id) => names.get(id));
  const interrupted = interruption();
  const audience = audienceOf(options, round, names, textOf);
  const started = await DeploymentRun.start({ deployment, audience, environment });
  if (!started.ok) {
    interrupted.forget();
    return refuse(options, started.problem, textOf);
  }
  const run = started.value;
  interrupted.atOnce(() => run.killProcesses());
  if (json) terminal.print(jsonLine({ kind: 'ready', ...run.status() }));
  else tellReady(run, terminal);
  run.startProcesses();
  round.begin();
  let code = 0;
  const ended = await Promise.race([round.over, interrupted.promise]);
  if (ended !== undefined) code = tellRound(ended, run, options);
  if (!once && ended !== undefined) await interrupted.promise;
  if (ended === undefined && once) code = INTERRUPTED;
  round.end();
  if (!json && !once)
    terminal.print(`\n${terminal.style('dim', 'stopping: every process that was started here, then the rest')}`);
  await run[Symbol.asyncDispose]();
  interrupted.forget();
  return once ? code : 0;
}

type Interruption = {
  /** Settles at the first Ctrl-C, SIGTERM, or end of the terminal. */
  readonly promise: Promise<undefined>;
  /** What a second Ctrl-C does before the process ends at once. */
  readonly atOnce: (clean: () => void) => void;
  readonly forget: () => void;
};

function interruption(): Interruption {
  const { promise, resolve: settle } = Promise.withResolvers<undefined>();
  let cleanAtOnce = (): void => undefined;
  let impatience = 0;
  const onInterrupt = (): void => {
    impatience += 1;
    settle(undefined);
    if (impatience < 2) return;
    cleanAtOnce();
    process.exit(INTERRUPTED);
  };
  const onEnd = (): void => settle(undefined);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onEnd);
  // The terminal was closed: what was started in it must not outlive it.
  process.on('SIGHUP', onEnd);
  return {
    promise,
    atOnce: (clean) => {
      cleanAtOnce = clean;
    },
    forget: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onEnd);
      process.off('SIGHUP', onEnd);
    },
  };
}

function refuse(
  { terminal, json }: UpOptions,
  problems: readonly Problem[],
  textOf: (file: string) => string | undefined,
): number {
  for (const problem of problems) tellProblem(problem, terminal, json, textOf);
  return 1;
}

function tellProblem(
  problem: Problem,
  terminal: Terminal,
  json: boolean,
  textOf: (file: string) => string | undefined,
): void {
  if (json) return terminal.complain(jsonLine(problem));
  for (const line of problemLines(problem, terminal, textOf)) terminal.complain(line);
}

function policyTextOf({ directory }: Deployment): (file: string) => string | undefined {
  return (file) => {
    try {
      return readFileSync(join(directory, file), 'utf8');
    } catch {
      return undefined;
    }
  };
}

function audienceOf(
  { terminal, json }: UpOptions,
  round: Round,
  names: ReadonlyMap<string, string>,
  textOf: (file: string) => string | undefined,
): Audience {
  const nameOf = (id: string): string => names.get(id) ?? id;
  return {
    entry: (entry: LedgerEntry) => {
      const call = round.take(entry);
      if (json) return terminal.print(jsonLine({ sequence: entry.sequence, ...entry.event }));
      const line = call === undefined ? eventLine(entry.event, nameOf, terminal) : callLine(call, terminal);
      if (line !== undefined) terminal.print(line);
    },
    problem: (problem) => tellProblem(problem, terminal, json, textOf),
    output: (workload, line) => {
      if (!json) terminal.print(`          ${terminal.style('dim', `${workload} │ ${harmless(line)}`)}`);
    },
    ended: (workload, ok) => round.jobEnded(workload, ok),
    leftovers: (workloads) => {
      const message = `the last run was killed; what it left running was stopped: ${workloads.join(', ')}`;
      tellProblem({ code: 'process/leftovers', message }, terminal, json, textOf);
    },
  };
}

function tellReady(run: DeploymentRun, { print, style }: Terminal): void {
  const { trustDomain, workloads, ledger, workloadApi, accessApi } = run.status();
  const seconds = (performance.now() / 1000).toFixed(1);
  print('');
  print(
    `${style('bold', 'ready')} after ${seconds} s: trust domain ${style('cyan', trustDomain)}, ${workloads.length} identities`,
  );
  const rows = workloads.map(({ name, id, inbound, outbound }) => [
    style('bold', name),
    id,
    inbound === undefined ? '' : `mutual TLS at ${inbound.host}:${inbound.port} → app :${inbound.appPort}`,
    outbound.map(({ service, port }) => `calls ${service} at :${port}`).join(', '),
  ]);
  for (const line of table(rows, '  ')) print(line);
  print(style('dim', `  Workload API ${workloadApi}`));
  print(style('dim', `  access API   ${accessApi}`));
  print(style('dim', `  ledger       ${ledger.directory}`));
  for (const { policy, file, line, workloads: attached } of run.attachments) {
    if (attached.length > 0) continue;
    print(
      `  ${style('yellow', 'note')}: ${policy} (${harmless(file)}:${line}) is attached to no workload: it does nothing`,
    );
  }
  for (const { message, at } of run.warnings) {
    const where = at === undefined ? '' : ` (${harmless(formatSpan(at))})`;
    print(`  ${style('yellow', 'note')}: ${harmless(message)}${where}`);
  }
  print('');
}

/** The table of the first round, what differs from the expectation, and what to try next. Gives the exit code. */
function tellRound({ calls, comparison, failedJobs }: RoundResult, run: DeploymentRun, options: UpOptions): number {
  const { terminal, json, once } = options;
  const { print, style } = terminal;
  const differs = comparison.missing.length + comparison.unexpected.length + failedJobs.length > 0;
  if (json) {
    print(jsonLine({ kind: 'round', ok: !differs, calls, ...comparison, failedJobs }));
    return differs ? 1 : 0;
  }
  print('');
  print(style('bold', 'The first round'));
  for (const line of summaryLines(calls, terminal)) print(line);
  print('');
  for (const line of comparisonLines(comparison, terminal)) print(line);
  for (const job of failedJobs) print(`  ${style('red', 'failed')}: the job \`${job}\`; its own output says why`);
  print(
    differs
      ? style('red', 'This is not what countersign.yaml expects.')
      : style('green', 'Exactly as countersign.yaml expects.'),
  );
  print('');
  for (const line of ISOLATION) print(style('dim', line));
  if (once) return differs ? 1 : 0;
  print('');
  print(style('bold', 'Try next, in another terminal'));
  const refused = calls.findLast(({ outcome }) => outcome === 'refused');
  const tries = [
    ...(refused === undefined
      ? []
      : [[`countersign explain ${refused.id}`, 'why it was refused, and what would have allowed it']]),
    ['countersign identities', 'who there is'],
    ['countersign ledger tail', 'what happens, as it happens'],
    ['countersign ledger verify', 'whether the record is whole'],
    [
      `$EDITOR ${join(options.directory, run.deployment.declaration.policies)}/*.yaml`,
      'a change takes effect within a second',
    ],
  ];
  for (const line of table(
    tries.map(([command, what]) => [style('cyan', command ?? ''), style('dim', what ?? '')]),
    '  ',
  ))
    print(line);
  print('');
  return differs ? 1 : 0;
}
