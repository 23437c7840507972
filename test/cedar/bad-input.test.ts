/** What nobody means well with: refused, or evaluated exactly as Cedar does; never a crash, a hang or a wrong allow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  type CedarJsonObject,
  type CedarRequest,
  compileCedar,
  type EntityJson,
  EntityStore,
  loadCedarSchema,
  parseCedarJson,
} from '../../src/policy/cedar/library.ts';
import { codesOf, compiled, mustRefuse, outcomeOf, PERMIT_ALL, REQUEST } from './hostile.ts';

test('malformed text is refused, each mistake with its place', async () => {
  const text =
    'permit (principal, action, resource) when { 1 + };\nforbid (principal);\npermit (principal, action, resource) when { "a };';
  const problems = await mustRefuse({ policies: [{ file: 'shop.cedar', text }] }, /./u);
  assert.deepEqual(
    problems.map(({ at }) => `${at?.file}:${at?.line}`),
    ['shop.cedar:1', 'shop.cedar:2', 'shop.cedar:3'],
  );
});

test('texts of one character, of all characters and of none are refused or hold no policy', async () => {
  for (let code = 0; code < 0x3000; code += 1) {
    const text = String.fromCharCode(code);
    const result = await compileCedar({ policies: text });
    if (result.ok) assert.match(text, /^[\s\u0085]$/u, `\\u${code.toString(16)} is taken`);
  }
  assert.ok((await compileCedar({ policies: '' })).ok);
});

test('an integer beyond 64 bits is refused in text and in data', async () => {
  for (const integer of ['9223372036854775808', '-9223372036854775809', '99999999999999999999999999']) {
    await mustRefuse({ policies: `permit (principal, action, resource) when { ${integer} == 1 };` }, /`?-?\d+/u);
    assert.ok(!parseCedarJson(`{"n": ${integer}}`).ok);
    assert.equal((await outcomeOf('true', { n: BigInt(integer) })).decision, 'deny');
  }
  assert.equal((await outcomeOf('true', { n: 2 ** 53 })).decision, 'deny', 'a number that may have lost digits');
  assert.equal((await outcomeOf('context.n == 9223372036854775807', { n: 2n ** 63n - 1n })).decision, 'allow');
});

test('arithmetic that leaves 64 bits makes the policy err, and an erring permit permits nothing', async () => {
  const max = '9223372036854775807';
  const overflows = [`${max} + 1 > 0`, `-9223372036854775808 - 1 < 0`, `${max} * 2 > 0`, `-(-9223372036854775808) > 0`];
  const inData = ['context.n + 1 > 0', 'context.n * context.n > 0', '-context.m - 1 > 0 || true'];
  for (const condition of [...overflows, ...inData]) {
    const outcome = await outcomeOf(condition, { n: 2n ** 63n - 1n, m: -(2n ** 63n) });
    assert.equal(outcome.decision, 'deny', condition);
    assert.match(outcome.errors.join(), /overflow|64 bits/u, condition);
  }
  assert.equal((await outcomeOf(`${max} - 1 + 1 == ${max} && 3037000499 * 3037000499 < ${max}`)).decision, 'allow');
});

/** Not well formed at any depth: more than four in a row, or never closed. */
const MALFORMED = new Set(['exclamations', 'minuses', 'mixed', 'indices in indices']);

/** The same nesting in every construct that nests. */
const NESTINGS: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: (depth) => `${'('.repeat(depth)}true${')'.repeat(depth)}`,
  sets: (depth) => `${'['.repeat(depth)}${']'.repeat(depth)} == 1`,
  records: (depth) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)} == 1`,
  'if in condition': (depth) => `${'if '.repeat(depth)}true${' then true else true'.repeat(depth)}`,
  'if in else': (depth) => `${'if true then true else '.repeat(depth)}true`,
  attributes: (depth) => `context${'.a'.repeat(depth)}`,
  indices: (depth) => `context${'["a"]'.repeat(depth)}`,
  'indices in indices': (depth) => 'context["a'.repeat(depth),
  methods: (depth) => `principal${'.getTag("a")'.repeat(depth)}`,
  arguments: (depth) => `${'[].contains('.repeat(depth)}1${')'.repeat(depth)}`,
  calls: (depth) => `${'ip('.repeat(depth)}"a"${')'.repeat(depth)} == 1`,
  sums: (depth) => `${'1 + '.repeat(depth)}1 == 1`,
  products: (depth) => `${'1 * '.repeat(depth)}1 == 1`,
  negations: (depth) => `${'!('.repeat(depth)}true${')'.repeat(depth)}`,
  exclamations: (depth) => `${'!'.repeat(depth)}true`,
  minuses: (depth) => `${'-'.repeat(depth)}1 == 1`,
  mixed: (depth) => '[if !({a: -(1 * ('.repeat(depth),
  'chains in chains': (depth) => `${'(true && (false || '.repeat(depth)}true${'))'.repeat(depth)}`,
  'has paths': (depth) => `context has a${'.a'.repeat(depth)}`,
};

test('nesting ten thousand deep is refused, or evaluated: in every construct, with and without a schema', async () => {
  const schema = await loadCedarSchema(
    'entity User; entity Doc; action view appliesTo { principal: User, resource: Doc };',
  );
  assert.ok(schema.ok);
  for (const [construct, nest] of Object.entries(NESTINGS)) {
    for (const depth of [100, 400, 600, 10_000]) {
      const policies = `permit (principal, action, resource) when { ${nest(depth)} };`;
      for (const source of [{}, { schema: schema.value }, { backend: 'closures' } as const]) {
        const result = await compileCedar({ policies, ...source });
        if (depth === 100 && !('schema' in source)) assert.equal(result.ok, !MALFORMED.has(construct), construct);
        if (!result.ok) continue;
        // What is taken must also survive to be decided, explained and searched.
        result.value.decide(REQUEST);
        result.value.explain(REQUEST);
        result.value.query({ find: 'principal', type: 'User', action: REQUEST.action, resource: REQUEST.resource });
        assert.ok(depth < 600, `${construct} of ${depth} is taken`);
      }
    }
  }
});

test('a chain of ten thousand operands is evaluated', async () => {
  const [all, none] = [
    ['true', ' && '],
    ['false', ' || '],
  ].map(([operand, joint]) => Array(10_000).fill(operand).join(joint));
  assert.equal((await outcomeOf(`${all} && context.n == 1`, { n: 1 })).decision, 'allow');
  assert.equal((await outcomeOf(`${none} || context.n == 1`, { n: 1 })).decision, 'allow');
  assert.equal((await outcomeOf(`${none} || context.n == 2`, { n: 1 })).decision, 'deny');
});

function nested(depth: number, wrap: (inner: unknown) => unknown, innermost: unknown = 1): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

test('data ten thousand deep is refused: contexts, attributes, tags, policies in JSON and JSON text', async () => {
  const set = await compiled({ policies: PERMIT_ALL });
  for (const wrap of [
    (inner: unknown) => [inner],
    (inner: unknown) => ({ a: inner }),
    (inner: unknown) => [{ a: inner }],
  ]) {
    const deep = nested(10_000, wrap);
    const context = { deep } as CedarJsonObject;
    assert.equal(set.decide({ ...REQUEST, context }), 'deny');
    assert.equal(set.explain({ ...REQUEST, context }).decision, 'deny');
    const { principal, resource } = REQUEST;
    assert.ok(!set.query({ find: 'action', principal, resource, context }).ok);
    for (const field of ['attrs', 'tags']) {
      const put = new EntityStore().put([{ uid: REQUEST.principal, [field]: { deep } }] as EntityJson[]);
      assert.equal(put.ok, false, field);
    }
    await mustRefuse({ policies: { staticPolicies: { p: deep as object } } }, /./u);
  }
  const body = nested(10_000, (arg) => ({ '!': { arg } }), { Value: true });
  const scope = { principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' } };
  await mustRefuse(
    { policies: { staticPolicies: { p: { effect: 'permit', ...scope, conditions: [{ kind: 'when', body }] } } } },
    /deep|nest/u,
  );
  for (const text of ['['.repeat(1_000_000), '{"a":'.repeat(1_000_000), `${'['.repeat(10_000)}${']'.repeat(10_000)}`]) {
    assert.ok(!parseCedarJson(text).ok);
    await mustRefuse({ policies: [{ file: 'a.json', text }] }, /./u);
  }
});

const MEGABYTES = 10 * 1024 * 1024;

test('a policy of ten megabytes is evaluated', async () => {
  const long = 'x'.repeat(MEGABYTES);
  assert.equal((await outcomeOf(`context.text == "${long}"`, { text: long })).decision, 'allow');
  assert.equal((await outcomeOf(`context.text like "*${long}*"`, { text: long })).decision, 'allow');
  assert.equal((await outcomeOf(`[${'1,'.repeat(MEGABYTES / 8)}2].contains(context.n)`, { n: 2 })).decision, 'allow');
  assert.equal((await outcomeOf(`// ${long}\n true`)).decision, 'allow');
});

test('megabytes of anything else are refused in time, at the start of a text and in a condition', async () => {
  const pieces = [
    '(',
    '"',
    '[',
    '{',
    '}',
    '!',
    '-',
    '.',
    '@',
    '::',
    'a',
    '1',
    '\\',
    '"\\u{',
    '?',
    'permit ',
    'permit (',
    '%',
  ];
  for (const piece of pieces) {
    for (const start of ['', 'permit (principal, action, resource) when { ']) {
      const size = piece === '(' || piece === '"' ? MEGABYTES : MEGABYTES / 16;
      const problems = await mustRefuse({ policies: start + piece.repeat(size / piece.length) }, /./u);
      assert.ok(problems.length <= 100);
    }
  }
});

test('a like that backtracks in other languages does not here', async () => {
  const pattern = `${'a*'.repeat(50)}b`;
  assert.equal((await outcomeOf(`context.text like "${pattern}"`, { text: 'a'.repeat(100_000) })).decision, 'deny');
});

test('entities in a cycle are refused, and nothing has changed', () => {
  const user = (id: string, ...parents: readonly string[]): EntityJson => {
    return { uid: { type: 'User', id }, attrs: {}, parents: parents.map((parent) => ({ type: 'User', id: parent })) };
  };
  const store = new EntityStore();
  assert.ok(store.put([user('a', 'b'), user('b', 'c')]).ok);
  const ring = Array.from({ length: 3000 }, (_, index) => user(`r${index}`, `r${(index + 1) % 3000}`));
  const cycles = [
    [user('c', 'a')],
    [user('x', 'x')],
    [user('x', 'y'), user('y', 'x')],
    [user('c', 'd'), user('d', 'b')],
    ring,
  ];
  for (const cycle of cycles) {
    const put = store.put(cycle);
    assert.match(codesOf(put).join(), /cedar\/entity-cycle/u);
    assert.equal(store.size, 2);
    assert.equal(store.get({ type: 'User', id: 'c' }), undefined);
  }
  assert.ok(store.put([user('c')]).ok, 'the store is as usable as before');
  const [a, c] = ['a', 'c'].map((id) => store.get({ type: 'User', id }));
  assert.ok(a && c && a.isIn(c) && !c.isIn(a));
});

const SCHEMA = `
entity User in [Group] { name: String, constructor?: Long };
entity Group;
entity Colour enum ["red", "green"];
entity Doc { owner: User };
action view appliesTo { principal: User, resource: Doc, context: { n?: Long } };`;

test('what a schema does not declare is refused: in entities, requests, contexts and policies', async () => {
  const schema = await loadCedarSchema(SCHEMA);
  assert.ok(schema.ok);
  const store = new EntityStore({ schema: schema.value });
  const name = 'x';
  const unknown: readonly (readonly [EntityJson, RegExp])[] = [
    [{ uid: { type: 'Robot', id: 'a' }, attrs: {}, parents: [] }, /Robot/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: { name }, parents: [{ type: 'Robot', id: 'a' }] }, /Robot/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: { name }, parents: [{ type: 'Doc', id: 'a' }] }, /Doc/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: { name, toString: 1 }, parents: [] }, /toString/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: {}, parents: [] }, /name/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: { name: 1 }, parents: [] }, /name/u],
    [{ uid: { type: 'User', id: 'a' }, attrs: { name }, parents: [], tags: { a: 1 } }, /tag/u],
    [{ uid: { type: 'Doc', id: 'a' }, attrs: { owner: { type: 'Group', id: 'g' } }, parents: [] }, /Group/u],
    [{ uid: { type: 'Colour', id: 'blue' }, attrs: {}, parents: [] }, /blue/u],
    [{ uid: { type: 'Action', id: 'delete' }, attrs: {}, parents: [] }, /delete/u],
  ];
  for (const [entity, words] of unknown) {
    assert.match(codesOf(store.put([entity])).join(), words);
    assert.equal(store.size, 1, 'the action of the schema');
  }

  const set = await compiled({ policies: PERMIT_ALL, entities: store });
  const requests: readonly CedarRequest[] = [
    { ...REQUEST, principal: { type: 'Robot', id: 'a' } },
    { ...REQUEST, principal: { type: 'Group', id: 'a' } },
    { ...REQUEST, resource: { type: 'User', id: 'a' } },
    { ...REQUEST, action: { type: 'Action', id: 'delete' } },
    { ...REQUEST, action: { type: 'Action', id: 'toString' } },
    { ...REQUEST, context: { other: 1 } },
    { ...REQUEST, context: { n: 'text' } },
    { ...REQUEST, principal: { type: '__proto__', id: 'a' } },
  ];
  for (const request of requests) {
    assert.equal(set.decide(request), 'deny', JSON.stringify(request));
    assert.ok(set.explain(request).problem, JSON.stringify(request));
  }
  assert.equal(set.decide(REQUEST), 'allow');

  const policies = [
    ['permit (principal is Robot, action, resource);', /Robot/u],
    ['permit (principal == Robot::"a", action, resource);', /Robot/u],
    ['permit (principal, action == Action::"delete", resource);', /delete/u],
    ['permit (principal, action == Action::"view", resource) when { principal.toString == 1 };', /toString/u],
    ['permit (principal, action == Action::"view", resource) when { principal.constructor == 1 };', /constructor/u],
  ] as const;
  for (const [text, words] of policies) await mustRefuse({ policies: text, schema: schema.value }, words);
});

test('duplicate ids of policies are refused, wherever they come from', async () => {
  const policy =
    '{"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]}';
  const set = (body: string): { file: string; text: string }[] => [{ file: 'a.json', text: `{${body}}` }];
  await mustRefuse({ policies: set(`"staticPolicies": {"p": ${policy}, "p": ${policy}}`) }, /`p`/u);
  const twice = `@id("p") ${PERMIT_ALL}\n@id("p") ${PERMIT_ALL}`;
  await mustRefuse({ policies: twice, ids: 'annotation' }, /`p`/u);
  await mustRefuse({ policies: `${PERMIT_ALL}\n@id("policy0") ${PERMIT_ALL}`, ids: 'annotation' }, /`policy0`/u);
  const template = 'permit (principal == ?principal, action, resource);';
  const link = { templateId: 'policy0', newId: 'p', values: { '?principal': REQUEST.principal } };
  await mustRefuse({ policies: template, links: [link, link] }, /`p`/u);
  await mustRefuse({ policies: template, links: [{ ...link, newId: 'policy0' }] }, /`policy0`/u);
  const taken = { staticPolicies: { p: PERMIT_ALL }, templates: { policy0: template }, templateLinks: [link] };
  await mustRefuse({ policies: taken }, /`p`/u);
  const files = [
    { file: 'a.cedar', text: twice },
    { file: 'b.cedar', text: PERMIT_ALL },
  ];
  assert.equal((await compiled({ policies: files })).policies.length, 3, 'by position every id is another');
});

test('a request that is none is denied, and explained, whatever it is made of', async () => {
  const set = await compiled({ policies: PERMIT_ALL });
  const broken: readonly unknown[] = [
    ...[
      {},
      { ...REQUEST, principal: undefined },
      { ...REQUEST, action: null },
      { ...REQUEST, resource: 'Doc::"plan"' },
    ],
    ...[{ type: 'User' }, { id: 'a' }, { type: 1, id: 2 }, { type: 'User', id: ['alice'] }, ['User', 'alice']].map(
      (principal) => ({ ...REQUEST, principal }),
    ),
    ...[null, 1, 'text', [], [1]].map((context) => ({ ...REQUEST, context })),
    ...[null, 1.5, Number.NaN, Infinity, undefined, Symbol('a'), () => 1, new Date(0), new Map()].map((a) => ({
      ...REQUEST,
      context: { a },
    })),
    ...[null, 1, 'text', { principal: 1 }, { principal: { a: null } }].map((attributes) => ({
      ...REQUEST,
      attributes,
    })),
    { ...REQUEST, context: { a: { __entity: { type: 'not a type', id: '' } } } },
    { ...REQUEST, context: { a: { __extn: { fn: 'ip', arg: 'not an address' } } } },
    { ...REQUEST, context: { a: { __extn: { fn: 'constructor', arg: 'x' } } } },
    { ...REQUEST, principal: { type: 'not a type', id: '' } },
    { ...REQUEST, principal: { type: 'User::', id: '' } },
  ];
  for (const [index, request] of broken.entries()) {
    assert.equal(set.decide(request as CedarRequest), 'deny', `number ${index}`);
    const { decision, problem } = set.explain(request as CedarRequest);
    assert.equal(decision, 'deny');
    assert.match(problem?.code ?? '', /^cedar\//u, `number ${index}`);
  }
  assert.equal(set.decide(REQUEST), 'allow');
});

test('a context that holds itself is refused', async () => {
  const set = await compiled({ policies: PERMIT_ALL });
  const context: Record<string, unknown> = {};
  context['self'] = context;
  assert.equal(set.decide({ ...REQUEST, context: context as CedarJsonObject }), 'deny');
});

test('files that hold no policies are refused', async () => {
  for (const text of ['', 'null', '1', '[]', '"permit"', '{"staticPolicies": {"a": null}}', '{"staticPolicies": 1}']) {
    await mustRefuse({ policies: [{ file: 'a.json', text }] }, /./u);
  }
});
