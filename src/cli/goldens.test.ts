/** What an operator reads, word by word. `UPDATE_GOLDENS=1 npm test -- src/cli` rewrites test/goldens/cli. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { assembleSnapshot } from '../decision/snapshot.ts';
import {
  allow,
  broken,
  connectRequest,
  httpRequest,
  idOf,
  SHOP,
  snapshotOf,
  WORKLOADS,
} from '../decision/testing/shop.ts';
import { factsOf } from '../inventory/workload.ts';
import type { Call } from '../inventory/scenario.ts';
import type { Problem } from '../kernel/problem.ts';
import { NO_REVISION } from '../kernel/revision.ts';
import type { LedgerEventKind } from '../kernel/ledger-event.ts';
import { callLine, comparisonLines, eventLine, summaryLines } from './account.ts';
import { explanationLines } from './explanation.ts';
import { problemLines } from './problem-text.ts';
import { runProgram } from './program.ts';
import { clockTime } from './terminal.ts';
import {
  CLOSED,
  deployedShop,
  event,
  explained,
  explainedEvent,
  explainedRefund,
  idNumber,
  NAMES,
  NOON,
  ONLY_STOREFRONT,
  UNTRUSTED,
} from './testing/sample.ts';
import { screen } from './testing/screen.ts';
import { workingOperations } from './testing/working-operations.ts';

const folder = fileURLToPath(new URL('../../test/goldens/cli/', import.meta.url));
const updating = process.env['UPDATE_GOLDENS'] === '1';
const { terminal } = screen();
const HOUR = 3_600_000;

/** The time of the day is told by the clock on the wall of who reads it. */
function withoutPlace(text: string): string {
  const hours = [
    [clockTime(NOON), 'HH:00:00'],
    [clockTime(NOON + HOUR), 'HH+1:00:00'],
  ] as const;
  // A whole date with `T` before the time is in UTC.
  return hours.reduce((changed, [time, shown]) => changed.replaceAll(new RegExp(`(?<!T)${time}`, 'gu'), shown), text);
}

async function printedBy(...words: readonly string[]): Promise<string[]> {
  return printedWith(new Map(), ...words);
}

async function printedWith(files: Map<string, string>, ...words: readonly string[]): Promise<string[]> {
  const { terminal: shown, out, err } = screen();
  const operations = workingOperations(await deployedShop({ files }));
  await runProgram({ version: '0.1.0', operations, terminal: shown, exit: () => undefined, columns: 100 }, words);
  return `${out()}${err()}`.trimEnd().split('\n');
}

function call(number: number, changes: Partial<Call> = {}): Call {
  return {
    id: idNumber(number),
    time: NOON,
    from: 'orders',
    to: 'payments',
    what: 'POST /charges',
    outcome: 'allowed',
    because: 'AuthorizationPolicy shop/payments',
    ...changes,
  };
}

const REFUSED = call(3, { from: 'intruder', outcome: 'refused' });
const NOBODY = call(4, { from: 'nobody', what: 'connect', outcome: 'refused', because: 'proxy/handshake-failed' });

const ASKED = call(6, {
  ...{ from: 'user bob', to: 'order o-17', what: 'refund', outcome: 'refused', because: 'small-refunds' },
  asker: 'payments',
});

/** One line for each kind of event; those that are silent on a terminal have an empty one. */
const HAPPENED: Readonly<Record<LedgerEventKind, Parameters<typeof event>[1]>> = {
  'server.started': { directory: '/srv/shop' },
  'server.stopped': {},
  'ledger.gap': {},
  'authority.created': { id: 'spiffe://shop.example' },
  'svid.issued': { id: idOf('orders'), serial: '5f', notAfter: NOON + HOUR },
  'attestation.refused': { message: 'process 4242 of uid 1000 is no workload that is declared' },
  'workload.started': { name: 'orders', pid: 4242 },
  'workload.stopped': { name: 'orders', message: 'was ended by SIGKILL' },
  'policy.changed': { summary: 'changed policy payments.yaml' },
  'policy.refused': { summary: '`rools` is no field of AuthorizationPolicy.spec' },
  decision: {},
  'connection.refused': {},
  'connection.closed': { message: 'the policies changed, and no longer allow the connection' },
};

function brokenPolicy(): { readonly problem: Problem; readonly text: string } {
  const policy = broken('policies/payments.yaml');
  const workloads = WORKLOADS.map(factsOf);
  const settings = { revision: NO_REVISION, trustDomain: SHOP, namespace: 'shop' };
  const built = assembleSnapshot({ ...settings, policies: [policy], workloads }, {});
  const [problem] = built.ok ? [] : built.problem;
  assert.ok(problem !== undefined);
  return { problem, text: policy.text };
}

const GOLDENS: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
  'explain-allowed': async () => explanationLines(await explained(httpRequest()), terminal),
  'explain-denied': async () => explanationLines(await explained(httpRequest({ from: 'storefront' })), terminal),
  'explain-forbidden': async () => explanationLines(await explained(httpRequest({ method: 'DELETE' })), terminal),
  'explain-plaintext': async () => explanationLines(await explained(connectRequest({ mtls: false })), terminal),
  'explain-fault': async () => explanationLines(await explained(httpRequest({ path: '/%' })), terminal),
  'explain-silent': async () => explanationLines(await explained(httpRequest({ to: 'nobody' })), terminal),
  'explain-asked-allowed': async () => explanationLines(await explainedRefund({ amount: 20 }), terminal),
  'explain-asked-denied': async () => explanationLines(await explainedRefund({ amount: 250 }), terminal),
  'explain-asked-fault': async () => explanationLines(await explainedRefund({ amount: 19.5 }), terminal),
  'explain-history-gone': async () =>
    explanationLines(await explained(httpRequest({ from: 'storefront' }), snapshotOf(), 'gone'), terminal),
  'explain-different': async () =>
    explanationLines(await explained(httpRequest(), snapshotOf(), ONLY_STOREFRONT), terminal),
  'explain-different-refused': async () =>
    explanationLines(
      await explained(
        httpRequest({ method: 'DELETE' }),
        snapshotOf([allow('payments', 'orders', 'DELETE')]),
        snapshotOf(),
      ),
      terminal,
    ),
  'explain-refused-connection': () => explanationLines(explainedEvent(UNTRUSTED), terminal),
  'explain-refused-nobody': () => {
    const { claimedId: _, hint: __, ...data } = UNTRUSTED.data;
    return explanationLines(explainedEvent({ ...UNTRUSTED, data: { ...data, direction: 'outbound' } }), terminal);
  },
  'explain-closed-connection': () => explanationLines(explainedEvent(CLOSED), terminal),
  'explain-other-event': () =>
    explanationLines(explainedEvent(event('svid.issued', HAPPENED['svid.issued'], 5)), terminal),
  'account-calls': () => [call(1), REFUSED, NOBODY, ASKED].map((each) => callLine(each, terminal)),
  'account-events': () =>
    Object.entries(HAPPENED).map(([kind, data]) => {
      const line = eventLine(event(kind as LedgerEventKind, data), (id) => NAMES[id] ?? id, terminal);
      return `${kind}: ${line ?? ''}`.trimEnd();
    }),
  'account-summary': () => summaryLines([REFUSED, call(1), NOBODY, call(2), call(5, { to: 'orders' })], terminal),
  'account-comparison': () =>
    comparisonLines(
      {
        missing: [{ from: 'orders', to: 'payments', what: 'GET /health', outcome: 'allowed' }, call(1)],
        unexpected: [REFUSED],
      },
      terminal,
    ),
  'problem-plain': () => problemLines({ code: 'ledger/in-use', message: 'another process writes to it' }, terminal),
  'problem-hint': () =>
    problemLines({ code: 'state/missing', message: '`/x` is not there', hint: 'start it' }, terminal),
  'problem-in-a-file': () => {
    const { problem, text } = brokenPolicy();
    return problemLines(problem, terminal, (file) => (file === 'policies/payments.yaml' ? text : undefined));
  },
  'problem-in-a-lost-file': () => problemLines(brokenPolicy().problem, terminal),
  'problem-on-a-line-with-tabs': () => {
    const at = { file: 'a.yaml', line: 2, column: 8, endLine: 2, endColumn: 11 };
    return problemLines({ code: 'x/y', message: 'bad', at }, terminal, () => 'one\n\t\tkey: bad # \u{1b}[2J\n');
  },
  help: () => printedBy('help'),
  'help-up': () => printedBy('up', '--help'),
  'help-run': () => printedBy('run', '--help'),
  'help-identities': () => printedBy('identities', '--help'),
  'help-decide': () => printedBy('decide', '--help'),
  'help-explain': () => printedBy('explain', '--help'),
  'help-ledger': () => printedBy('ledger', '--help'),
  'help-ledger-show': () => printedBy('ledger', 'show', '--help'),
  'help-doctor': () => printedBy('doctor', '--help'),
  'help-policy': () => printedBy('policy', '--help'),
  'help-policy-check': () => printedBy('policy', 'check', '--help'),
  'help-policy-eval': () => printedBy('policy', 'eval', '--help'),
  'help-policy-test': () => printedBy('policy', 'test', '--help'),
  'policy-test': async () =>
    (await printedWith(TESTS, 'policy', 'test', 'policies', '--coverage', '--verbose')).map(withoutDuration),
  'policy-check-problems': () => printedWith(BROKEN_REGO, 'policy', 'check', 'policies'),
  'policy-eval': () => printedWith(REGO, 'policy', 'eval', '-d', 'policies', 'data.shop.roles[user] = role'),
  identities: () => printedBy('identities'),
  'ledger-show': () => printedBy('ledger', 'show', '--limit', '3'),
  'ledger-verify': () => printedBy('ledger', 'verify'),
  doctor: () => printedBy('doctor'),
};

const REGO = new Map([
  ['policies/shop/data.json', '{"roles": {"alice": "clerk", "bob": ["clerk", "\\u001b[2J"]}}'],
  ['policies/shop.rego', 'package shop\n\nallow if data.shop.roles[input.user] == "clerk"\n'],
]);
const TESTS = new Map([
  ...REGO,
  [
    'policies/shop_test.rego',
    `package shop_test

import data.shop

test_clerk if shop.allow with input as {"user": "alice"}

test_roles[note] if {
	some note, user in {"one role": "alice", "two roles": "bob"}
	print("looking at", user)
	count(data.shop.roles[user]) == 5
}

test_broken if limit == 1

limit := 1

limit := 2

todo_test_admin if false
`,
  ],
]);

function withoutDuration(line: string): string {
  return line.replace(/\(\d+\.\d+ ms\)/u, '(… ms)');
}

const BROKEN_REGO = new Map([
  ...REGO,
  ['policies/broken.rego', 'package shop\n\nallow if {\n\tinput.user == admin\n\tcount(1, 2, 3)\n}\n'],
]);

for (const [name, linesOf] of Object.entries(GOLDENS)) {
  test(`${name} reads as in test/goldens/cli/${name}.txt`, async () => {
    const text = withoutPlace(`${(await linesOf()).join('\n')}\n`);
    const file = `${folder}${name}.txt`;
    if (updating) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, 'utf8'), 'UPDATE_GOLDENS=1 npm test -- src/cli rewrites it');
  });
}

test('every golden is still compared with something', () => {
  const known = new Set(Object.keys(GOLDENS).map((name) => `${name}.txt`));
  for (const file of readdirSync(folder)) {
    if (updating && !known.has(file)) rmSync(`${folder}${file}`);
    else assert.ok(known.has(file), `nothing prints ${file}`);
  }
});
