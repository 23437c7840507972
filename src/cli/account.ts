/** The live account of a deployment: what happens, one line each, and the table of calls at the end of a round. */
import type { Call, Comparison } from '../inventory/scenario.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { clockTime, harmless, table, type Terminal } from './terminal.ts';

export function callLine(call: Call, { style }: Terminal): string {
  const outcome = call.outcome === 'allowed' ? style('green', 'allowed') : style('red', 'refused');
  const route = `${harmless(call.from)} → ${harmless(call.to)}`;
  const asker = call.asker === undefined ? '' : `  asked by ${harmless(call.asker)}`;
  const why = style('dim', `${harmless(call.because)}${asker}  ${call.id}`);
  return `${style('dim', clockTime(call.time))}  ${outcome}   ${route}  ${style('bold', harmless(call.what))}  ${why}`;
}

/** Everything but calls; undefined for what would only be noise on a terminal (it is in the ledger). */
export function eventLine(event: LedgerEvent, nameOf: (id: string) => string, { style }: Terminal): string | undefined {
  const data = event.data as Readonly<Record<string, unknown>>;
  const text = (field: string): string => {
    const value = data[field];
    return harmless(typeof value === 'string' || typeof value === 'number' ? String(value) : '');
  };
  const line = (what: string, rest: string): string => `${style('dim', clockTime(event.time))}  ${what}  ${rest}`;
  switch (event.kind) {
    case 'svid.issued': {
      const until = typeof data['notAfter'] === 'number' ? clockTime(data['notAfter']) : text('notAfter');
      return line(style('cyan', 'identity'), `${nameOf(text('id'))}  ${text('id')}  ${style('dim', `until ${until}`)}`);
    }
    case 'policy.changed':
      return line(style('yellow', 'policy  '), text('summary'));
    case 'policy.refused':
      return line(style('red', 'policy  '), `not taken, the former stays in force: ${text('summary')}`);
    case 'attestation.refused':
      return line(style('red', 'stranger'), text('message'));
    case 'connection.closed':
      return line(style('yellow', 'closed  '), `${text('message')}  ${style('dim', event.id)}`);
    case 'workload.stopped':
      return line(style('yellow', 'stopped '), `${text('name')}: ${text('message')}`);
    case 'ledger.gap':
      return line(
        style('yellow', 'ledger  '),
        text('message') || 'the last run did not end cleanly: the gap is recorded',
      );
    case 'authority.created':
    case 'server.started':
    case 'server.stopped':
    case 'workload.started':
    case 'decision':
    case 'connection.refused':
      return undefined;
  }
}

/** The table of what was allowed and what was refused: equal calls on one line, with how often and an id to ask about. */
export function summaryLines(calls: readonly Call[], { style }: Terminal): string[] {
  const groups = new Map<string, { readonly call: Call; count: number }>();
  for (const call of calls) {
    const key = JSON.stringify([call.from, call.to, call.what, call.outcome, call.because]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { call, count: 1 });
    else group.count += 1;
  }
  const sorted = [...groups.values()].sort((a, b) => a.call.outcome.localeCompare(b.call.outcome));
  const rows = sorted.map(({ call, count }) => [
    call.outcome === 'allowed' ? style('green', 'allowed') : style('red', 'refused'),
    harmless(call.from),
    harmless(call.to),
    harmless(call.what),
    `${count}×`,
    harmless(call.because),
    call.id,
  ]);
  const head = ['outcome', 'from', 'to', 'what', '', 'because', 'id'].map((title) => style('bold', title));
  return table([head, ...rows], '  ');
}

export function comparisonLines({ missing, unexpected }: Comparison, { style }: Terminal): string[] {
  const told = (call: { from: string; to: string; what: string; outcome: string; because?: string }): string =>
    `${call.outcome} ${harmless(call.from)} → ${harmless(call.to)} ${harmless(call.what)} (${harmless(call.because ?? 'any reason')})`;
  return [
    ...missing.map((wanted) => `  ${style('red', 'expected, and not seen')}: ${told(wanted)}`),
    ...unexpected.map((call) => `  ${style('red', 'seen, and not expected')}: ${told(call)}  ${call.id}`),
  ];
}
