import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { MAX_REQUEST_DEPTH, parseAccessRequest } from './access-request-json.ts';

const QUESTION = {
  subject: { type: 'user', id: 'alice', properties: { department: 'sales' } },
  action: { name: 'refund', properties: { reason: 'broken' } },
  resource: { type: 'order', id: 'o-17', properties: { total: 250 } },
  context: { amount: 250 },
};

function codeOf(value: unknown): string {
  const parsed = parseAccessRequest(typeof value === 'string' ? value : JSON.stringify(value));
  return parsed.ok ? 'ok' : parsed.problem.code;
}

test('a question is read as it was sent', () => {
  assert.deepEqual(parseAccessRequest(JSON.stringify(QUESTION)), { ok: true, value: QUESTION });
});

test('the context may be absent, and what the standard does not know is ignored', () => {
  const { context: _, ...rest } = QUESTION;
  const sent = { ...rest, options: { a: 1 }, subject: { ...rest.subject, ipAddress: '1.2.3.4' } };
  assert.deepEqual(parseAccessRequest(JSON.stringify(sent)), { ok: true, value: { ...rest, context: {} } });
});

test('what is missing is named with its path', () => {
  for (const path of ['subject', 'action', 'resource', 'subject.type', 'subject.id', 'action.name', 'resource.id']) {
    const sent = JSON.parse(JSON.stringify(QUESTION)) as Record<string, Record<string, unknown>>;
    const [first = '', second] = path.split('.');
    if (second === undefined) delete sent[first];
    else delete sent[first]?.[second];
    const parsed = parseAccessRequest(JSON.stringify(sent));
    assert.ok(!parsed.ok);
    assert.deepEqual(parsed.problem, { code: 'access-request/missing-field', message: `\`${path}\` is missing` });
  }
});

test('what has another type is refused', () => {
  assert.equal(codeOf([]), 'access-request/bad-field');
  assert.equal(codeOf('null'), 'access-request/bad-field');
  assert.equal(codeOf('{'), 'access-request/not-json');
  assert.equal(codeOf({ ...QUESTION, subject: 'alice' }), 'access-request/bad-field');
  assert.equal(codeOf({ ...QUESTION, subject: { type: 'user', id: 17 } }), 'access-request/bad-field');
  assert.equal(codeOf({ ...QUESTION, action: { name: null } }), 'access-request/bad-field');
  assert.equal(codeOf({ ...QUESTION, context: null }), 'access-request/bad-field');
  assert.equal(codeOf({ ...QUESTION, resource: { ...QUESTION.resource, properties: [] } }), 'access-request/bad-field');
});

test('what JSON allows and would not arrive as it was meant is refused', () => {
  assert.equal(codeOf({ ...QUESTION, context: { a: 2 ** 53 } }), 'access-request/bad-number');
  assert.equal(codeOf({ ...QUESTION, context: { a: -(2 ** 53) + 1, b: 0.5 } }), 'ok');
  assert.equal(codeOf(JSON.stringify(QUESTION).replace('alice', '\\ud800')), 'access-request/bad-text');
  assert.equal(codeOf(JSON.stringify(QUESTION).replace('amount', '\\udc00')), 'access-request/bad-text');
  assert.equal(codeOf(deep(MAX_REQUEST_DEPTH - 2)), 'ok');
  assert.equal(codeOf(deep(100_000)), 'access-request/too-deep');
});

function deep(levels: number): string {
  const { context: _, ...rest } = QUESTION;
  return `${JSON.stringify(rest).slice(0, -1)},"context":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
}

test('a field named like a part of every object is a field like any other', () => {
  const sent = JSON.stringify(QUESTION).replace('"amount"', '"__proto__"');
  const parsed = parseAccessRequest(sent);
  assert.ok(parsed.ok);
  assert.equal(JSON.stringify(parsed.value), sent);
  // `constructor` and the like must not be found where they were not sent.
  assert.equal(codeOf('{"__proto__": {"subject": {}}}'), 'access-request/missing-field');
});

test('whatever is sent, the answer is a request or a problem', () => {
  const values = fc.record(
    { subject: fc.anything(), action: fc.anything(), resource: fc.jsonValue(), context: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const json = fc.oneof(fc.json(), fc.string(), values.map(textOf));
  fc.assert(fc.property(json, (text) => void parseAccessRequest(text)));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (context) => {
      const text = JSON.stringify({ ...QUESTION, context });
      const parsed = parseAccessRequest(text);
      if (parsed.ok) assert.equal(JSON.stringify(parsed.value), text);
    }),
  );
});

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}
