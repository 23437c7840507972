/** An explained decision in words: who, what, which rule of which policy, and what would have allowed it. */
import type { ExplainedDecision } from '../decision/explain.ts';
import { ANONYMOUS, type Entity, WORKLOAD } from '../kernel/access-request.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import type { Reason, Remedy } from '../kernel/verdict.ts';
import { formatSpan } from '../kernel/source-span.ts';
import type { Explained, Names } from '../protocols/admin/contract.ts';
import { harmless, table, type Terminal } from './terminal.ts';

export function explanationLines(explained: Explained, terminal: Terminal): string[] {
  return explained.kind === 'decision' ? decisionLines(explained, terminal) : eventLines(explained, terminal);
}

function decisionLines({ decision, names }: Explained & { kind: 'decision' }, { style }: Terminal): string[] {
  const { request, cause } = decision;
  const allowed = decision.effect === 'allow';
  const lines = [
    `${allowed ? style('green', 'ALLOWED') : style('red', 'DENIED')}  ${harmless(decision.id)}`,
    '',
    ...table(
      [
        ['who', partyOf(request.subject, names)],
        ['what', actionOf(request.action)],
        ['to', partyOf(request.resource, names)],
        ...originOf(decision, names),
        ['when', new Date(decision.time).toISOString()],
        ['policies', `as of revision ${decision.revision}`],
        ['trace', typeof request.context['traceId'] === 'string' ? harmless(request.context['traceId']) : '-'],
        ['because', harmless(causeOf(cause))],
      ].map(([name, value]) => [style('dim', name ?? ''), value ?? '']),
      '  ',
    ),
    '',
    style('bold', allowed ? 'What allowed it' : 'What denied it'),
    ...decision.reasons.flatMap((reason) => reasonLines(reason, style)),
  ];
  const unmet = allowed ? [] : decision.layers.flatMap((layer) => layer.unmet ?? []);
  if (unmet.length > 0) lines.push('', style('bold', 'What was not met'));
  lines.push(...unmet.flatMap((reason) => reasonLines(reason, style)));
  const remedies = allowed ? [] : decision.layers.flatMap((layer) => layer.remedies);
  if (remedies.length > 0) {
    lines.push('', style('bold', 'What would have allowed it (any one of these)'));
    lines.push(...remedies.flatMap((remedy) => remedyLines(remedy, style)));
  }
  if (decision.reproduced === 'history-gone') {
    lines.push('', 'The policies of that revision are no longer kept; what stands here is what was recorded.');
  } else if (decision.reproduced === 'different') {
    lines.push(
      '',
      style('red', 'Decided again from the kept history, the outcome differs from the record: check the ledger.'),
    );
  }
  return lines;
}

/** What was recorded and is no decision: nothing was asked, so there is nothing to decide again. */
function eventLines({ event, names }: Explained & { kind: 'event' }, { style }: Terminal): string[] {
  const told = event.kind === 'connection.refused' || event.kind === 'connection.closed';
  const rows = told ? connectionRows(event, names, style) : dataRows(event);
  const title =
    event.kind === 'connection.refused' ? style('red', 'REFUSED') : style('yellow', event.kind.toUpperCase());
  const hint = textIn(event.data, 'hint');
  return [
    `${title}  ${harmless(event.id)}`,
    '',
    ...table(
      rows.map(([name, value]) => [style('dim', harmless(name)), value]),
      '  ',
    ),
    ...(told && hint !== undefined ? ['', `${style('bold', 'hint')}: ${harmless(hint)}`] : []),
  ];
}

type Row = readonly [name: string, value: string];

/** A connection that ended by itself: its caller proved nothing, or what was in force changed. */
function connectionRows({ kind, data, time, actor }: LedgerEvent, names: Names, style: Terminal['style']): Row[] {
  const claimed = textIn(data, 'claimedId');
  const unproven =
    claimed === undefined ? 'nobody: no identity was proven' : `somebody who claims to be ${subjectOf(claimed, names)}`;
  const to = textIn(data, 'resource') ?? textIn(data, 'expected') ?? '-';
  return [
    ['who', kind === 'connection.refused' ? unproven : subjectOf(actor.id, names)],
    [textIn(data, 'direction') === 'outbound' ? 'on the way to' : 'to', subjectOf(to, names)],
    ['from', fieldOf(data['peer'], 'ip', 'port')],
    ['when', new Date(time).toISOString()],
    [
      'because',
      `${harmless(textIn(data, 'message') ?? kind)} ${style('dim', `[${harmless(textIn(data, 'code') ?? '-')}]`)}`,
    ],
  ];
}

function dataRows({ data, time, actor }: LedgerEvent): Row[] {
  const shown = Object.entries(data).map(([name, value]): Row => {
    return [name, harmless(typeof value === 'string' ? value : JSON.stringify(value))];
  });
  return [['who', harmless(`${actor.type} ${actor.id}`)], ['when', new Date(time).toISOString()], ...shown];
}

function textIn(data: JsonObject, field: string): string | undefined {
  const value = data[field];
  return typeof value === 'string' ? value : undefined;
}

/** The policy and its place, and below it what it says. */
export function reasonLines(reason: Reason & { readonly layer?: string }, style: Terminal['style']): string[] {
  const where = reason.span === undefined ? '' : `  ${style('cyan', harmless(formatSpan(reason.span)))}`;
  const policy = [reason.policy, reason.rule].filter((part) => part !== undefined).join(' ');
  const title = policy === '' ? harmless(reason.message) : `${harmless(policy)}${where}`;
  return [`  • ${title}`, ...(policy === '' ? [] : [`    ${harmless(reason.message)}`])];
}

function remedyLines(remedy: Remedy, style: Terminal['style']): string[] {
  const where = remedy.span === undefined ? '' : `  ${style('cyan', harmless(formatSpan(remedy.span)))}`;
  return [`  • ${harmless(remedy.message)}${where}`];
}

/** A request that an enforcement point met says where it came from; one that was asked about, who asked and with what. */
function originOf({ request, asker }: ExplainedDecision, names: Names): Row[] {
  if (asker === undefined) return [['from', fieldOf(request.context['source'], 'ip', 'port')]];
  const given = {
    subject: request.subject.properties,
    resource: request.resource.properties,
    context: request.context,
  };
  const rows = Object.entries(given).flatMap(([part, properties]) =>
    Object.entries(properties ?? {}).map(([name, value]): Row => {
      return [harmless(`${part}.${name}`), harmless(JSON.stringify(value))];
    }),
  );
  return [['asked by', subjectOf(asker.id, names)], ...rows];
}

function partyOf({ type, id }: Entity, names: Names): string {
  return type === WORKLOAD || type === ANONYMOUS.type ? subjectOf(id, names) : harmless(`${type} ${id}`);
}

function subjectOf(id: string, names: Names): string {
  const name = Object.hasOwn(names, id) ? names[id] : undefined;
  return name === undefined ? harmless(id) : `${harmless(name)}  ${harmless(id)}`;
}

function actionOf({ name, properties }: { readonly name: string; readonly properties?: object }): string {
  const { method, path, host, protocol } = { ...properties } as Readonly<Record<string, unknown>>;
  if (typeof method !== 'string') return harmless(typeof protocol === 'string' ? `${name} (${protocol})` : name);
  return harmless(`${method} ${String(path)} (host ${String(host)})`);
}

function fieldOf(value: unknown, ...fields: readonly string[]): string {
  if (typeof value !== 'object' || value === null) return '-';
  const record = value as Readonly<Record<string, unknown>>;
  return harmless(fields.map((field) => JSON.stringify(record[field] ?? '-').replaceAll('"', '')).join(':'));
}

function causeOf(cause: { readonly kind: string; readonly tier?: string; readonly layer?: string }): string {
  const texts: Readonly<Record<string, string>> = {
    granted: 'every tier that speaks permits it',
    forbidden: `a policy of the tier \`${cause.tier}\` forbids it`,
    fault: `the layer \`${cause.layer}\` could not decide, which denies`,
    'not-granted': `no policy of the tier \`${cause.tier}\` permits it`,
    'nothing-speaks': 'no policy speaks for it, and the default is to deny',
  };
  return (Object.hasOwn(texts, cause.kind) ? texts[cause.kind] : undefined) ?? cause.kind;
}
