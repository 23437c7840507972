/** countersign.yaml: what a declaration means, and that every mistake is told with its place and its fix. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { Problem } from '../kernel/problem.ts';
import { formatSpan } from '../kernel/source-span.ts';
import { parseDeclaration } from './declaration.ts';
import { factsOf, loadFacts, storeFacts } from './workload.ts';

const SHOP = `trustDomain: shop.example
namespace: shop
workloads:
  orders:
    command: node orders.mjs
    serves: { port: 7002, listen: 17002 }
    calls:
      payments: { port: 7103 }
      bank: { port: 7104, address: "10.0.0.5:8443", id: spiffe://bank.example/ns/core/sa/ledger }
  payments:
    attest: { uid: 1000, path: /usr/bin/node }
    record: required
    serves: { port: 7003, protocol: tcp }
`;

function problems(text: string): readonly Problem[] {
  const parsed = parseDeclaration('countersign.yaml', text);
  assert.ok(!parsed.ok, 'expected problems, and the text was accepted');
  return parsed.problem;
}

/** `code line:column` of each problem, sorted. */
function found(text: string): string[] {
  return problems(text).map(
    ({ code, at }) => `${code} ${at === undefined ? '?' : formatSpan(at).split(':').slice(1).join(':')}`,
  );
}

test('a declaration is resolved: identities, defaults, ports, calls', () => {
  const parsed = parseDeclaration('countersign.yaml', SHOP);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const orders = parsed.value.workloads.get('orders');
  assert.equal(orders?.id, 'spiffe://shop.example/ns/shop/sa/orders');
  assert.deepEqual(orders.command, ['node', 'orders.mjs']);
  assert.deepEqual(orders.attestation, { kind: 'started' });
  assert.deepEqual(orders.serves, { port: 7002, listen: 17002, protocol: 'http' });
  assert.deepEqual(orders.labels, { app: 'orders' });
  assert.equal(orders.svidTtlSeconds, 3600);
  assert.deepEqual(orders.calls[1]?.elsewhere, {
    host: '10.0.0.5',
    port: 8443,
    id: 'spiffe://bank.example/ns/core/sa/ledger',
  });
  const payments = parsed.value.workloads.get('payments');
  assert.deepEqual(payments?.attestation, { kind: 'unix', uid: 1000, path: '/usr/bin/node' });
  assert.equal(payments.record, 'required');
  assert.equal(parsed.value.policies, 'policies');
});

test('the facts of a workload come back from a record as they went in', () => {
  const parsed = parseDeclaration('countersign.yaml', SHOP);
  assert.ok(parsed.ok);
  for (const workload of parsed.value.workloads.values()) {
    const facts = factsOf(workload);
    assert.deepEqual(loadFacts(facts.name, JSON.parse(JSON.stringify(storeFacts(facts)))), facts);
  }
});

test('every mistake has a code and a place', () => {
  const table: readonly (readonly [edit: (text: string) => string, expected: string])[] = [
    [(text) => text.replace('trustDomain:', 'trustdomain:'), 'config/unknown-field 1:1'],
    [(text) => text.replace('shop.example', 'Shop.example'), 'config/bad-trust-domain 1:14'],
    [(text) => text.replace('record: required', 'record: always'), 'config/bad-value 12:13'],
    [(text) => text.replace('uid: 1000', 'uid: -1'), 'config/bad-value 11:20'],
    [(text) => text.replace('uid: 1000', 'user: 1000'), 'config/unknown-field 11:15'],
    [(text) => text.replace('payments: { port: 7103 }', 'payment: { port: 7103 }'), 'config/unknown-service 8:7'],
    [(text) => text.replace('port: 7103', 'port: 7003'), 'config/port-used-twice 13:21'],
    [(text) => text.replace('port: 7103', 'port: 70000'), 'config/bad-value 8:25'],
    [(text) => text.replace('    record: required', '    serviceAccount: orders'), 'config/duplicate-identity 10:3'],
    [(text) => text.replace('    serves: { port: 7003, protocol: tcp }\n', ''), 'config/not-served 8:7'],
    [(text) => text.replace('address: "10.0.0.5:8443", ', ''), 'config/bad-value 9:7'],
    [(text) => text.replace('spiffe://bank', 'https://bank'), 'spiffe-id/bad-scheme 9:7'],
    [(text) => text.replace('  orders:', '  Orders:'), 'config/bad-value'],
    [(text) => `${text}  payments: {}\n`, 'config/yaml'],
    [(text) => text.replace('workloads:', 'workloads: ['), 'config/yaml'],
    [() => '', 'config/bad-value 1:1'],
    [() => 'trustDomain: a\n', 'config/missing-field 1:1'],
  ];
  for (const [edit, expected] of table) {
    const text = edit(SHOP);
    assert.notEqual(text, SHOP);
    assert.ok(
      found(text).some((line) => line.startsWith(expected)),
      `wanted ${expected}, got ${found(text).join(', ')}`,
    );
  }
});

test('a misspelt field is answered with the field that was meant', () => {
  const [problem] = problems(SHOP.replace('command:', 'comand:'));
  assert.equal(problem?.message, 'unknown field `comand` in `workloads.orders`');
  assert.equal(problem?.hint, 'did you mean `command`?');
});

test('a document that expands without end is refused, not expanded', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replaceAll(/./gu, (letter) => {
    const previous = String.fromCodePoint((letter.codePointAt(0) ?? 0) - 1);
    return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${previous}`).join(',')}]\n`;
  })}`;
  assert.equal(problems(bomb)[0]?.code, 'config/yaml');
});

test('no text makes the parser throw', () => {
  const pieces = fc.constantFrom(...SHOP.split(/(?=[\s{}:])/u), '&a ', '*a', '!!js', '- ', '? ', '"', '\u0000', '<<: ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseDeclaration('x.yaml', text);
        if (!parsed.ok)
          for (const problem of parsed.problem) assert.ok(problem.at === undefined || problem.at.line >= 1);
      },
    ),
  );
});

test('a document cut anywhere, or with one character changed, never makes the parser throw', () => {
  fc.assert(
    fc.property(fc.nat(SHOP.length), fc.string({ maxLength: 3 }), (at, text) => {
      parseDeclaration('x.yaml', SHOP.slice(0, at) + text + SHOP.slice(at + text.length));
      parseDeclaration('x.yaml', SHOP.slice(0, at));
    }),
  );
});
