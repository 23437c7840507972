/** `countersign ledger tail|show|verify`: what happened, live or since, and whether the record is whole. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { LedgerEvent, LedgerEventKind } from '../../kernel/ledger-event.ts';
import { type CommandContext, type CommonOptions, DIRECTORY_OPTION, JSON_OPTION, tell } from '../command-context.ts';
import { problemLines } from '../problem-text.ts';
import { harmless, jsonLine, table, type Terminal } from '../terminal.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Every kind there is: the compiler misses none. */
const KINDS: Readonly<Record<LedgerEventKind, true>> = {
  'server.started': true,
  'server.stopped': true,
  'ledger.gap': true,
  'authority.created': true,
  'svid.issued': true,
  'attestation.refused': true,
  'workload.started': true,
  'workload.stopped': true,
  'policy.changed': true,
  'policy.refused': true,
  decision: true,
  'connection.refused': true,
  'connection.closed': true,
};

const EXAMPLES = `
Examples:
  countersign ledger tail                                  what happens, as it happens
  countersign ledger show --kind decision --since 15m      the decisions of the last quarter of an hour
  countersign ledger show --limit 1000 --json | jq .data   for machines
  countersign ledger verify                                whether the record is whole

show and verify read the files, and need no running server.`;

type ShowOptions = CommonOptions & { readonly kind?: LedgerEventKind; readonly since?: number; readonly limit: number };

export function addLedger(program: Command, context: CommandContext): void {
  const ledger = program
    .command('ledger')
    .description('read and verify the tamper-evident record')
    .addHelpText('after', EXAMPLES);
  ledger
    .command('tail')
    .description('print events as they happen, until Ctrl-C')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ dir, json }: CommonOptions) => {
      const followed = await context.operations.follow(dir);
      if (!followed.ok) return tell(context, followed.problem, json);
      for await (const { sequence, event } of followed.value) print(context.terminal, sequence, event, json);
    });
  ledger
    .command('show')
    .description('print the last events')
    .addOption(new Option('--kind <kind>', 'only events of this kind').choices(Object.keys(KINDS)))
    .option('--since <age>', 'only events younger than this: 90s, 15m, 2h, 7d', age)
    .option('--limit <count>', 'at most this many, the newest', count, 50)
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .action((options: ShowOptions) => show(context, options));
  ledger
    .command('verify')
    .description('check every byte, hash and signature; exits with 1 and names the first bad byte')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) => verify(context, options));
}

async function show(context: CommandContext, { dir, json, kind, since, limit }: ShowOptions): Promise<void> {
  const filter = {
    ...(kind === undefined ? {} : { kind }),
    ...(since === undefined ? {} : { sinceMilliseconds: since }),
  };
  const events = await context.operations.readLedger(dir, filter);
  if (!events.ok) return tell(context, events.problem, json);
  const last: { readonly sequence: number; readonly event: LedgerEvent }[] = [];
  for await (const entry of events.value) {
    last.push(entry);
    if (last.length > limit) last.shift();
  }
  for (const { sequence, event } of last) print(context.terminal, sequence, event, json);
}

async function verify(context: CommandContext, { dir, json }: CommonOptions): Promise<void> {
  const verified = await context.operations.verifyLedger(dir);
  if (!verified.ok) return tell(context, verified.problem, json);
  const report = verified.value;
  context.exit(report.kind === 'intact' ? 0 : 1);
  if (json === true) return context.terminal.print(jsonLine(report));
  if (report.kind === 'damaged') {
    for (const line of problemLines(report.problem, context.terminal)) context.terminal.complain(line);
    const rest = `${harmless(report.file)}, byte ${report.offset}; the ${report.soundEvents} events before it are sound`;
    return context.terminal.complain(`  first bad byte: ${rest}`);
  }
  const { style } = context.terminal;
  const checkpoint = report.lastCheckpoint;
  const rows = [
    ['ledger', style('green', 'intact: every byte, hash and signature holds')],
    ['events', `${report.events} in ${report.segments} ${report.segments === 1 ? 'segment' : 'segments'}`],
    [
      'signed',
      checkpoint === undefined ? 'nothing yet' : `${checkpoint.size} events; ${report.eventsAfterCheckpoint} since`,
    ],
    ['writer', report.closed ? 'ended in order' : 'at work, or it crashed and was not started again'],
  ];
  for (const line of table(rows)) context.terminal.print(line);
}

function print(
  { print: write, style }: Terminal,
  sequence: number,
  event: LedgerEvent,
  json: boolean | undefined,
): void {
  if (json === true) return write(jsonLine({ sequence, ...event }));
  const time = new Date(event.time).toISOString();
  const data = harmless(JSON.stringify(event.data));
  const short = data.length > 160 ? `${data.slice(0, 159)}…` : data;
  write(
    `${style('dim', `${sequence}  ${time}`)}  ${harmless(event.id)}  ${style('bold', harmless(event.kind))}  ${harmless(event.actor.id)}  ${style('dim', short)}`,
  );
}

function age(text: string): number {
  const match = /^(\d{1,6})([smhd])$/u.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new InvalidArgumentError('a number and one of s, m, h, d, such as 15m');
  return Number(match[1]) * unit;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/u.test(text)) throw new InvalidArgumentError('a whole number from 1 to 9999999');
  return Number(text);
}
