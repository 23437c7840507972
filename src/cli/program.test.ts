import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import fc from 'fast-check';

import { httpRequest } from '../decision/testing/shop.ts';
import type { AccessRequest } from '../kernel/access-request.ts';
import { err } from '../kernel/result.ts';
import type { LedgerReport } from '../ledger/verify-ledger.ts';
import { runProgram } from './program.ts';
import type { Operations } from './operations.ts';
import { deployedShop, event, explained, explainedEvent, idNumber, UNTRUSTED } from './testing/sample.ts';
import { screen, UNFIT_FOR_LINES } from './testing/screen.ts';
import { type Deployed, workingOperations } from './testing/working-operations.ts';

type Outcome = { readonly out: string; readonly err: string; readonly code: number };

async function runOn(operations: Operations, words: readonly string[], color = false): Promise<Outcome> {
  const { terminal, out, err: errors } = screen(color);
  let code = 0;
  const exit = (given: number): void => {
    code = given;
  };
  await runProgram({ version: '1.2.3', operations, terminal, exit, columns: 100 }, words);
  return { out: out(), err: errors(), code };
}

async function run(words: readonly string[], changes: Partial<Deployed> = {}): Promise<Outcome> {
  return runOn(workingOperations(await deployedShop(changes)), words);
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

const STOPPED = { running: false };
const UNREACHABLE = {
  code: 'admin/unreachable',
  message: 'no server answers on `/srv/shop/admin.sock` (ENOENT)',
  hint: 'start it with `countersign up`',
};
const UNREACHABLE_TEXT = `error: ${UNREACHABLE.message} [${UNREACHABLE.code}]\n  hint: ${UNREACHABLE.hint}\n`;

test('up ends with what the deployment ended with', async () => {
  assert.deepEqual(await run(['up']), { out: 'ready\n', err: '', code: 0 });
  assert.deepEqual(await run(['up', '/srv/shop', '--json']), { out: '{"kind":"ready"}\n', err: '', code: 0 });
  assert.equal((await run(['up', '--once'])).code, 0);
  assert.equal((await run(['up', '--once'], { roundAsExpected: false })).code, 1);
  const missing = await run(['up', '/elsewhere']);
  assert.deepEqual([missing.code, missing.out], [1, '']);
  assert.match(
    missing.err,
    /^error: there is no countersign\.yaml in `\/elsewhere` \[deployment\/missing\]\n {2}hint: /u,
  );
});

test('run ends with what the command ended with, and leaves its words alone', async () => {
  assert.equal((await run(['run', '--as', 'payments', '--', 'exit', '7'])).code, 7);
  for (const words of [
    ['run', '--as', 'payments', '--', 'node', '--json', '-d', 'x', '--as', 'y', '--', 'z'],
    ['run', '--as', 'payments', 'node', '--json', '-d', 'x', '--as', 'y', '--', 'z'],
  ]) {
    const passed = await run(words);
    assert.deepEqual(passed, { out: 'payments: node --json -d x --as y -- z\n', err: '', code: 0 });
  }
  const unknown = await run(['run', '--as', 'ghost', '--', 'true']);
  assert.deepEqual([unknown.code, unknown.out], [1, '']);
  assert.match(unknown.err, /no workload `ghost` is declared/u);
  assert.deepEqual(await run(['run', '--as', 'payments', '--', 'true'], STOPPED), {
    ...{ out: '', err: UNREACHABLE_TEXT, code: 1 },
  });
});

test('run asks for a name and a command', async () => {
  const nameless = await run(['run', '--', 'true']);
  assert.equal(nameless.code, 2);
  assert.match(nameless.err, /required option '--as <workload>' not specified/u);
  const idle = await run(['run', '--as', 'payments']);
  assert.equal(idle.code, 2);
  assert.match(idle.err, /missing required argument 'command'/u);
});

test('identities are a table for people and all of them for machines', async () => {
  const text = await run(['identities']);
  assert.equal(text.code, 0);
  assert.equal(linesOf(text.out).length, 3);
  const json = await run(['identities', '--json', '--dir', '/srv/shop']);
  assert.deepEqual(JSON.parse(json.out), (await deployedShop()).workloads);
  assert.deepEqual(await run(['identities'], STOPPED), { out: '', err: UNREACHABLE_TEXT, code: 1 });
});

test('a problem is JSON where JSON was asked for, and never on standard output', async () => {
  const { out, err: errors, code } = await run(['identities', '--json'], STOPPED);
  assert.deepEqual([out, code], ['', 1]);
  assert.deepEqual(JSON.parse(errors), UNREACHABLE);
});

test('explain takes an id as it was read out, and needs no server', async () => {
  const id = idNumber(1);
  const { out, code } = await run(['explain', id], STOPPED);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^DENIED {2}${id}\n`, 'u'));
  const spoken = `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}`.toUpperCase().replaceAll('0', 'O');
  assert.equal((await run(['explain', spoken])).out, out);
  const [only] = (await deployedShop()).explanations;
  assert.deepEqual(JSON.parse((await run(['explain', '--json', id])).out), JSON.parse(JSON.stringify(only)));
});

test('explain says when the id is none, and when nothing has it', async () => {
  const bad = await run(['explain', 'hello']);
  assert.deepEqual([bad.out, bad.code], ['', 1]);
  assert.match(bad.err, /^error: `hello` is not a decision id \[event-id\/bad\]\n {2}hint: /u);
  const none = await run(['explain', idNumber(9), '--json']);
  assert.deepEqual([none.out, none.code], ['', 1]);
  assert.equal((JSON.parse(none.err) as { code: string }).code, 'admin/no-such-event');
});

test('decide asks a question, and its exit code is the answer', async () => {
  const words = (who: string): string[] => ['--subject', who, '--action', 'refund', '--resource', 'order:o-17'];
  const allowed = await run(['decide', ...words('user:alice'), '--context', '{"amount": 5}']);
  assert.match(
    allowed.out,
    /^ALLOWED {2}([0-9a-z]{16})\n {2}obliges to mask \{"fields":\["iban"\]\}\ncountersign explain \1 {3}shows the conditions\n$/u,
  );
  assert.equal(allowed.code, 0);
  const refused = await run(['decide', ...words('user:bob')]);
  assert.match(
    refused.out,
    /^DENIED .*\n {2}• shop\.guards {2}policies\/guards\.rego:3:1\n {4}the books are closed\n/u,
  );
  const denied = await run(['decide', ...words('user:bob'), '--json']);
  assert.equal((JSON.parse(denied.out) as { effect: string }).effect, 'deny');
  assert.equal(denied.code, 1);
  assert.deepEqual(await run(['decide', ...words('user:alice')], STOPPED), { out: '', err: UNREACHABLE_TEXT, code: 1 });
});

test('decide hands over the question as it was typed, an id with colons too', async () => {
  const asked: AccessRequest[] = [];
  const operations: Operations = {
    ...workingOperations(await deployedShop()),
    decide: (_, request) => {
      asked.push(request);
      return Promise.resolve({ ok: true, value: { id: idNumber(1), effect: 'allow', reasons: [], obligations: [] } });
    },
  };
  const id = 'spiffe://shop.example/ns/shop/sa/orders';
  const words = ['decide', '--subject', `workload:${id}`, '--action', 'read', '--resource', 'page:'];
  await runOn(operations, [...words, '--context', '{"__proto__": 1}']);
  const context = JSON.parse('{"__proto__": 1}') as AccessRequest['context'];
  const [subject, resource] = [
    { type: 'workload', id },
    { type: 'page', id: '' },
  ];
  assert.deepEqual(asked, [{ subject, action: { name: 'read' }, resource, context }]);
});

test('decide says what is wrong with a question', async () => {
  const words = ['decide', '--action', 'refund', '--resource', 'order:o-17'];
  for (const [more, code] of [
    [['--subject', 'bob'], 'decide/bad-entity'],
    [['--subject', ':bob'], 'decide/bad-entity'],
    [['--subject', 'user:bob', '--context', '[1]'], 'decide/bad-context'],
    [['--subject', 'user:bob', '--context', '{amount: 1}'], 'decide/bad-context'],
  ] as const) {
    const { err: said, code: exit } = await run([...words, ...more, '--json']);
    assert.deepEqual([(JSON.parse(said) as { code: string }).code, exit], [code, 1]);
  }
});

test('ledger show prints the newest, at most as many as asked for, oldest first', async () => {
  const numbers = async (...words: readonly string[]): Promise<number[]> => {
    const { out, code } = await run(['ledger', 'show', '--json', ...words], STOPPED);
    assert.equal(code, 0);
    return linesOf(out).map((line) => (JSON.parse(line) as { sequence: number }).sequence);
  };
  assert.deepEqual(await numbers(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await numbers('--limit', '3'), [7, 8, 9]);
  assert.deepEqual(await numbers('--since', '15m'), [8, 9]);
  assert.deepEqual(await numbers('--since', '900s'), [8, 9]);
  assert.deepEqual(await numbers('--since', '1h', '--limit', '2'), [8, 9]);
  assert.deepEqual(await numbers('--since', '1d'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await numbers('--kind', 'decision', '--limit', '2'), [6, 8]);
  assert.deepEqual(await numbers('--kind', 'ledger.gap'), []);
  const many = Array.from({ length: 120 }, (_, index) => event('decision', {}, index));
  assert.equal(linesOf((await run(['ledger', 'show'], { events: many })).out).length, 50);
});

test('JSON of the ledger is the event with its number', async () => {
  const { out } = await run(['ledger', 'show', '--json', '--limit', '1']);
  const [last] = (await deployedShop()).events.slice(-1);
  assert.deepEqual(JSON.parse(out), { sequence: 9, ...last });
});

test('what is long is cut for people, and whole for machines', async () => {
  const events = [event('decision', { text: 'x'.repeat(1000) })];
  const text = await run(['ledger', 'show'], { events });
  assert.ok(text.out.length < 300 && text.out.endsWith('…\n'), text.out);
  assert.ok((await run(['ledger', 'show', '--json'], { events })).out.includes('x'.repeat(1000)));
});

test('an age, a count and a kind that are none are refused with what would be one', async () => {
  for (const [option, value, hint] of [
    ['--since', '15', 'such as 15m'],
    ['--since', 'm', 'such as 15m'],
    ['--since', '-1h', 'such as 15m'],
    ['--since', '1w', 'such as 15m'],
    ['--since', '15m 1s', 'such as 15m'],
    ['--limit', '0', 'a whole number from 1 to 9999999'],
    ['--limit', '1.5', 'a whole number from 1 to 9999999'],
    ['--limit', '1e3', 'a whole number from 1 to 9999999'],
    ['--limit', 'all', 'a whole number from 1 to 9999999'],
    ['--kind', 'decisions', 'Allowed choices are server.started'],
  ] as const) {
    const refused = await run(['ledger', 'show', option, value]);
    assert.deepEqual([refused.out, refused.code], ['', 2], `${option} ${value}`);
    assert.ok(refused.err.includes(hint) && refused.err.includes(value), refused.err);
  }
});

test('ledger tail prints what happens until it ends', async () => {
  const tail = await run(['ledger', 'tail']);
  assert.equal(tail.code, 0);
  assert.equal(linesOf(tail.out).length, 10);
  assert.equal((await run(['ledger', 'tail', '--json'])).out, (await run(['ledger', 'show', '--json'])).out);
  assert.deepEqual(await run(['ledger', 'tail'], STOPPED), { out: '', err: UNREACHABLE_TEXT, code: 1 });
});

test('ledger verify is 0 for a ledger that is whole, also before it was ever signed', async () => {
  const { report } = await deployedShop();
  assert.equal((await run(['ledger', 'verify'])).code, 0);
  assert.deepEqual(JSON.parse((await run(['ledger', 'verify', '--json'])).out), report);
  const fresh: LedgerReport = {
    ...{ kind: 'intact', events: 0, segments: 2, lastCheckpoint: undefined, eventsAfterCheckpoint: 0 },
    ...{ closed: false, unfinishedBytes: 0 },
  };
  const { out, code } = await run(['ledger', 'verify'], { report: fresh });
  assert.equal(code, 0);
  assert.match(out, /0 in 2 segments\n.*nothing yet\n.*at work, or it crashed/u);
});

test('ledger verify is 1 for a ledger that is not, with the place of the first bad byte', async () => {
  const report: LedgerReport = {
    kind: 'damaged',
    problem: { code: 'ledger/corrupt', message: 'the hash of entry 7 does not match' },
    file: '0000000000000000.segment',
    offset: 4711,
    soundEvents: 7,
  };
  assert.deepEqual(await run(['ledger', 'verify'], { report }), {
    out: '',
    err: `error: the hash of entry 7 does not match [ledger/corrupt]
  first bad byte: 0000000000000000.segment, byte 4711; the 7 events before it are sound
`,
    code: 1,
  });
  const json = await run(['ledger', 'verify', '--json'], { report });
  assert.deepEqual([JSON.parse(json.out), json.code], [report, 1]);
});

test('doctor is 1 when something is missing, and shows how to fix it', async () => {
  const well = await run(['doctor']);
  assert.deepEqual([well.code, linesOf(well.out).length], [0, 2], 'a note is no fault');
  const findings = [
    { what: 'Node', state: 'missing' as const, detail: '22.1.0 is too old', fix: 'install Node 24' },
    { what: 'kernel', state: 'ok' as const, detail: '6.8' },
  ];
  const ill = await run(['doctor'], { findings });
  assert.deepEqual([ill.code, ill.err], [1, '']);
  assert.deepEqual(linesOf(ill.out), [
    'missing  Node: 22.1.0 is too old',
    '         fix: install Node 24',
    'ok       kernel: 6.8',
  ]);
  const json = await run(['doctor', '--json'], { findings });
  assert.deepEqual([JSON.parse(json.out), json.code], [findings, 1]);
  assert.equal((await run(['doctor', '-d', '/elsewhere'])).code, 1);
});

test('what is not a command or an option is refused, with what was probably meant', async () => {
  for (const [words, message] of [
    [['explian', 'x'], /unknown command 'explian'\n\(Did you mean explain\?\)/u],
    [['ledger', 'tial'], /unknown command 'tial'\n\(Did you mean tail\?\)/u],
    [['identities', '--jsno'], /unknown option '--jsno'\n\(Did you mean --json\?\)/u],
    [['ledger', 'show', '--kin', 'x'], /unknown option '--kin'\n\(Did you mean --kind\?\)/u],
    [['up', 'a', 'b'], /too many arguments/u],
    [['explain'], /missing required argument 'decision-id'/u],
    [['ledger', 'show', '--limit'], /argument missing/u],
    [['--frobnicate'], /unknown option '--frobnicate'/u],
  ] as const) {
    const refused = await run(words);
    assert.deepEqual([refused.code, refused.out], [2, ''], words.join(' '));
    assert.match(refused.err, message);
    assert.match(refused.err, /\(countersign help shows the commands\)/u);
  }
});

test('without a command the commands are shown, and that is not what was understood', async () => {
  const { code, err: shown } = await run([]);
  assert.equal(code, 2);
  assert.match(shown, /Commands:[\s\S]*ledger/u);
  assert.equal((await run(['ledger'])).code, 2);
});

test('help and version are no errors', async () => {
  for (const words of [['help'], ['--help'], ['help', 'up'], ['up', '-h'], ['ledger', 'help', 'show'], ['-V']]) {
    const { code, err: errors } = await run(words);
    assert.deepEqual([code, errors], [0, ''], words.join(' '));
  }
  assert.equal((await run(['--version'])).out, '1.2.3\n');
});

test('help has examples where a command can be used in more than one way', async () => {
  for (const command of ['up', 'run', 'identities', 'decide', 'explain', 'ledger']) {
    const { out } = await run(['help', command]);
    assert.match(out, new RegExp(`\nExamples:\n {2}countersign ${command}`, 'u'));
  }
});

test('every example in the help is a line that is understood', async () => {
  for (const command of ['up', 'run', 'identities', 'decide', 'explain', 'ledger']) {
    const { out } = await run(['help', command]);
    const examples = linesOf(out).filter((line) => line.startsWith('  countersign '));
    assert.ok(examples.length > 1, command);
    for (const example of examples) {
      // Up to what explains it, or to the next program.
      const line = (example.trim().split(/ {3,}|\||&&/u)[0] ?? '').trim();
      // As a shell does: what stands in single quotes is one word.
      const words = [...line.matchAll(/'([^']*)'|\S+/gu)].map(([word, quoted]) => quoted ?? word).slice(1);
      const { code, err: errors } = await run(words);
      assert.notEqual(code, 2, `${example}: ${errors}`);
    }
  }
});

test('the exit codes of the help are those that are used', async () => {
  const { out } = await run(['help']);
  for (const line of ['0    done', '1    it could not be done', '2    the command was not understood']) {
    assert.ok(out.includes(line));
  }
});

test('colours change nothing but colours', async () => {
  const findings = [{ what: 'a', state: 'missing' as const, detail: 'b', fix: 'c' }];
  const operations = workingOperations(await deployedShop({ findings }));
  for (const words of [
    ['identities'],
    ['explain', idNumber(1)],
    ['ledger', 'show'],
    ['ledger', 'verify'],
    ['doctor'],
  ]) {
    const [plain, coloured] = [await runOn(operations, words), await runOn(operations, words, true)];
    assert.notEqual(coloured.out, plain.out);
    assert.equal(stripVTControlCharacters(coloured.out), plain.out);
  }
});

test('what an operation throws is not taken for a wrong command', async () => {
  const operations = workingOperations(await deployedShop());
  const broken: Operations = { ...operations, status: () => Promise.reject(new Error('out of order')) };
  await assert.rejects(runOn(broken, ['identities']), /out of order/u);
});

const hostile = fc.oneof(
  fc.constantFrom(
    '\u{1b}]0;owned\u{7}',
    '\u{9b}2J',
    '\u{202e}evil',
    'a\nb',
    '\u{2028}',
    '\u{7f}',
    '\u{e0041}',
    'toString',
    '__proto__',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
);

/** A deployment in which every text that can come from elsewhere is `text`. */
async function hostileShop(text: string): Promise<Deployed> {
  const shop = await deployedShop();
  const at = { file: text, line: 1, column: 1, endLine: 1, endColumn: 2 };
  const reason = { layer: text, policy: text, rule: text, message: text, span: at };
  const decided = await explained(httpRequest());
  if (decided.kind !== 'decision') throw new Error('it is a decision');
  const { decision } = decided;
  const request = {
    subject: { type: text, id: text },
    action: { name: text, properties: { method: text, path: text, host: text, protocol: text } },
    resource: { type: text, id: text },
    context: { source: { ip: text, port: text }, traceId: text },
  };
  const remedies = [{ message: text, policy: text, span: at }];
  const layers = decision.layers.map((layer) => ({ ...layer, layer: text, tier: text, remedies }));
  const cause = { kind: text as 'fault', tier: text, layer: text };
  const data = Object.fromEntries(
    [...Object.keys(UNTRUSTED.data), text].map((field) => [field, field === 'peer' ? { ip: text, port: text } : text]),
  );
  return {
    ...shop,
    workloads: shop.workloads.map((workload) => ({
      ...workload,
      ...{ name: text, attestation: text, svid: { ...workload.svid, serial: text } },
      inbound: { host: text, port: 1, appPort: 2 },
    })),
    events: [{ ...event('decision', data), actor: { type: 'workload', id: text } }],
    explanations: [
      {
        kind: 'decision',
        decision: { ...decision, effect: 'deny', cause, request, reasons: [reason], layers },
        names: {},
      },
      explainedEvent({ ...UNTRUSTED, id: idNumber(2), data }),
      explainedEvent({ ...event('svid.issued', data, 3), actor: { type: 'workload', id: text } }),
      { kind: 'event', event: event('connection.closed', { resource: 'x' }, 4), names: { x: text } },
    ],
    report: {
      kind: 'damaged',
      problem: { code: text, message: text, hint: text, at },
      file: text,
      offset: 0,
      soundEvents: 0,
    },
    findings: [{ what: text, state: 'missing', detail: text, fix: text }],
  };
}

test('nothing that comes from elsewhere is obeyed by a terminal, as text or as JSON', async () => {
  const commands = [
    ['identities'],
    ['explain', idNumber(1)],
    ['explain', idNumber(2)],
    ['explain', idNumber(3)],
    ['explain', idNumber(4)],
    ['ledger', 'show'],
    ['ledger', 'tail'],
    ['ledger', 'verify'],
    ['doctor'],
  ];
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const operations = workingOperations(await hostileShop(text));
      for (const words of commands) {
        for (const asked of [words, [...words, '--json']]) {
          const { out, err: errors } = await runOn(operations, asked);
          for (const line of linesOf(`${out}${errors}`)) assert.doesNotMatch(line, UNFIT_FOR_LINES, asked.join(' '));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('what was typed is not obeyed by a terminal either', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      for (const words of [[`x${text}`], ['explain', `x${text}`], ['ledger', 'show', '--since', text], [`--${text}`]]) {
        const { out, err: errors } = await run(words);
        // What was typed has no line breaks left, so these are the program's.
        for (const line of linesOf(`${out}${errors}`)) assert.doesNotMatch(line, UNFIT_FOR_LINES);
      }
    }),
    { numRuns: 60 },
  );
});

test('a problem of any operation is told the same way', async () => {
  const problem = { code: 'state/missing', message: 'it was never started', hint: 'start it' };
  const failing = (): Promise<ReturnType<typeof err<typeof problem>>> => Promise.resolve(err(problem));
  const operations: Operations = {
    ...workingOperations(await deployedShop()),
    ...{ status: failing, explain: failing, follow: failing, readLedger: failing, verifyLedger: failing },
  };
  const commands = [
    ['identities'],
    ['explain', idNumber(1)],
    ['ledger', 'tail'],
    ['ledger', 'show'],
    ['ledger', 'verify'],
  ];
  for (const words of commands) {
    const text = 'error: it was never started [state/missing]\n  hint: start it\n';
    assert.deepEqual(await runOn(operations, words), { out: '', err: text, code: 1 });
    const json = await runOn(operations, [...words, '--json']);
    assert.deepEqual([json.out, JSON.parse(json.err), json.code], ['', problem, 1]);
  }
});

/** The completion library writes to the console itself. */
async function completed(t: TestContext, words: readonly string[]): Promise<string> {
  const { mock } = t.mock.method(console, 'log', () => undefined);
  await run(['complete', ...words]);
  const text = mock.calls.map(({ arguments: given }) => given.join(' ')).join('\n');
  mock.restore();
  return text;
}

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`a completion script for ${shell} is printed, and asks the program`, async (t) => {
    const script = await completed(t, [shell]);
    assert.match(script, /countersign complete -- /u);
    const { error, status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    if (error === undefined) assert.equal(status, 0, stderr);
    else t.diagnostic(`${shell} is not on this machine: its script was not parsed`);
  });
}

test('a shell that is not known is refused', async () => {
  const { code, err: errors } = await run(['complete', 'tcsh']);
  assert.equal(code, 2);
  assert.match(errors, /bash, fish/u);
});

test('commands, options and their values are completed', async (t) => {
  assert.match(await completed(t, ['--', 'led']), /^ledger\t/mu);
  assert.match(await completed(t, ['--', 'ledger', 'show', '--li']), /^--limit\t/mu);
  assert.match(await completed(t, ['--', 'ledger', 'show', '--kind', 'conn']), /^connection\.refused/mu);
});
