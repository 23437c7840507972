/** An explained decision in words: who, what, which rule of which policy, and what would have allowed it. */
import type { Reason, Remedy } from '../kernel/verdict.ts';
import { formatSpan } from '../kernel/source-span.ts';
import type { Explained, Names } from '../protocols/admin/contract.ts';
import { harmless, table, type Terminal } from './terminal.ts';

export function explanationLines(explained: Explained, terminal: Terminal): string[] {
  return explained.kind === 'decision' ? decisionLines(explained, terminal) : refusalLines(explained, terminal);
}

function decisionLines({ decision, names }: Explained & { kind: 'decision' }, { style }: Terminal): string[] {
  const { request, cause } = decision;
  const allowed = decision.effect === 'allow';
  const lines = [
    `${allowed ? style('green', 'ALLOWED') : style('red', 'DENIED')}  ${decision.id}`,
    '',
    ...table(
      [
        ['who', subjectOf(request.subject.id, names)],
        ['what', actionOf(request.action)],
        ['to', subjectOf(request.resource.id, names)],
        ['from', fieldOf(request.context['source'], 'ip', 'port')],
        ['when', new Date(decision.time).toISOString()],
        ['policies', `as of revision ${decision.revision}`],
        ['trace', typeof request.context['traceId'] === 'string' ? harmless(request.context['traceId']) : '-'],
        ['because', causeOf(cause)],
      ].map(([name, value]) => [style('dim', name ?? ''), value ?? '']),
      '  ',
    ),
    '',
    style('bold', allowed ? 'What allowed it' : 'What denied it'),
    ...decision.reasons.flatMap((reason) => reasonLines(reason, style)),
  ];
  const others = decision.layers.filter(({ verdict }) => verdict.kind === 'forbid' || verdict.kind === 'fault');
  if (others.length > 0 && allowed) lines.push('', style('red', 'Decided again today, a layer refuses it.'));
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

/** A connection that ended before there was anything to decide: its caller proved nothing. */
function refusalLines({ event, names }: Explained & { kind: 'event' }, { style }: Terminal): string[] {
  const { code, message, hint, claimedId, resource, expected, peer, direction } = event.data as {
    readonly peer?: unknown;
  } & Readonly<Record<string, string | undefined>>;
  const rows = [
    [
      'who',
      claimedId === undefined
        ? 'nobody: no identity was proven'
        : `somebody who claims to be ${subjectOf(claimedId, names)}`,
    ],
    [direction === 'outbound' ? 'on the way to' : 'to', subjectOf(resource ?? expected ?? '-', names)],
    ['from', fieldOf(peer, 'ip', 'port')],
    ['when', new Date(event.time).toISOString()],
    ['because', `${harmless(message ?? event.kind)} ${style('dim', `[${code ?? '-'}]`)}`],
  ].map(([name, value]) => [style('dim', name ?? ''), value ?? '']);
  const hints = hint === undefined ? [] : ['', `${style('bold', 'hint')}: ${harmless(hint)}`];
  return [`${style('red', 'REFUSED')}  ${event.id}`, '', ...table(rows, '  '), ...hints];
}

function reasonLines(reason: Reason & { readonly layer?: string }, style: Terminal['style']): string[] {
  const where = reason.span === undefined ? '' : `  ${style('cyan', formatSpan(reason.span))}`;
  const policy = [reason.policy, reason.rule].filter((part) => part !== undefined).join(' ');
  const title = policy === '' ? harmless(reason.message) : `${harmless(policy)}${where}`;
  return [`  • ${title}`, ...(policy === '' ? [] : [`    ${harmless(reason.message)}`])];
}

function remedyLines(remedy: Remedy, style: Terminal['style']): string[] {
  const where = remedy.span === undefined ? '' : `  ${style('cyan', formatSpan(remedy.span))}`;
  return [`  • ${harmless(remedy.message)}${where}`];
}

function subjectOf(id: string, names: Names): string {
  const name = names[id];
  return name === undefined ? harmless(id) : `${name}  ${harmless(id)}`;
}

function actionOf({ name, properties }: { readonly name: string; readonly properties?: object }): string {
  const { method, path, host, protocol } = { ...properties } as Readonly<Record<string, unknown>>;
  if (typeof method !== 'string') return `${harmless(name)}${typeof protocol === 'string' ? ` (${protocol})` : ''}`;
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
  return texts[cause.kind] ?? cause.kind;
}
