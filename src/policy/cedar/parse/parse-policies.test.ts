/** Policy sets: files and values, ids, templates and links, and what is too large or too deep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';

import { MAX_EXPRESSION_DEPTH, MAX_PROBLEMS, MAX_SOURCE_LENGTH } from '../limits.ts';
import type { Expression, PolicySyntax, TemplateLink } from '../syntax.ts';
import { policies as arbitraryPolicies, withoutPlaces } from '../testing/arbitrary-policies.ts';
import { type ParsedPolicies, parsePolicies, type PoliciesInput } from './parse-policies.ts';
import { printExpression, printPolicy } from './print.ts';

function parse(input: PoliciesInput): ParsedPolicies {
  const parsed = parsePolicies(input);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problem.slice(0, 3)));
  return parsed.value;
}

function codesOf(input: PoliciesInput): readonly string[] {
  const parsed = parsePolicies(input);
  return parsed.ok ? [] : parsed.problem.map(({ code }) => code);
}

const idsOf = ({ policies }: ParsedPolicies): readonly string[] => policies.map(({ id }) => id);
const inCondition = (condition: string): string => `permit(principal, action, resource) when { ${condition} };`;
const ALL = 'permit(principal, action, resource);';
const TEMPLATE = 'permit(principal == ?principal, action, resource in ?resource);';

function conditionOf({ policies: [policy] }: ParsedPolicies): Expression {
  const body = policy?.conditions[0]?.body;
  assert.ok(body !== undefined);
  return body;
}

function jsonPolicy(body?: unknown): object {
  const conditions = body === undefined ? [] : [{ kind: 'when', body }];
  return { effect: 'permit', principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' }, conditions };
}

describe('the ids of policies', () => {
  const files = [
    { file: 'a.cedar', text: ALL + ALL },
    { file: 'b.json', text: JSON.stringify(jsonPolicy()) },
    { file: 'c.json', text: JSON.stringify({ staticPolicies: { mine: jsonPolicy(), 'by text': ALL } }) },
    { file: 'd.cedar', text: `@id("named") ${ALL} ${ALL}` },
  ];

  it('are positions over all files, but for those that a policy set gives', () => {
    const ids = ['policy0', 'policy1', 'policy2', 'mine', 'by text', 'policy3', 'policy4'];
    assert.deepEqual(idsOf(parse({ policies: files })), ids);
  });

  it('are the annotation where there is one, on demand', () => {
    const ids = ['policy0', 'policy1', 'policy2', 'mine', 'by text', 'named', 'policy4'];
    assert.deepEqual(idsOf(parse({ policies: files, ids: 'annotation' })), ids);
  });

  it('are unique', () => {
    assert.deepEqual(codesOf({ policies: `@id("a") ${ALL} @id("a") ${ALL}`, ids: 'annotation' }), [
      'cedar/duplicate-id',
    ]);
    assert.deepEqual(codesOf({ policies: `@id("policy1") ${ALL} ${ALL}`, ids: 'annotation' }), ['cedar/duplicate-id']);
    const set = { staticPolicies: { a: ALL }, templates: { a: TEMPLATE } };
    assert.deepEqual(codesOf({ policies: set }), ['cedar/duplicate-id']);
    const text = '{"staticPolicies": {"a": "", "a": ""}}';
    assert.deepEqual(codesOf({ policies: [{ file: 'a.json', text }] }), ['cedar/bad-json']);
  });

  it('may be the names of prototypes', () => {
    const text = `{"staticPolicies": {"__proto__": ${JSON.stringify(ALL)}, "constructor": ${JSON.stringify(ALL)}}}`;
    assert.deepEqual(idsOf(parse({ policies: [{ file: 'a.json', text }] })), ['__proto__', 'constructor']);
  });
});

describe('templates and links', () => {
  const alice = { type: 'User', id: 'alice' };
  const folder = { type: 'Folder', id: 'f' };
  const link: TemplateLink = {
    templateId: 'policy0',
    newId: 'linked',
    values: { '?principal': alice, '?resource': folder },
  };

  it('make policies whose slots are filled', () => {
    const { policies, templates } = parse({ policies: TEMPLATE + ALL, links: [link] });
    assert.deepEqual(
      templates.map(({ id }) => id),
      ['policy0'],
    );
    assert.deepEqual(
      policies.map(({ id }) => id),
      ['policy1', 'linked'],
    );
    const [, linked] = policies;
    assert.ok(linked?.principal.kind === '==' && linked.resource.kind === 'in');
    assert.deepEqual([linked.principal.entity, linked.resource.entity], [alice, folder]);
    assert.deepEqual(linked.span, { start: 0, end: TEMPLATE.length });
  });

  it('are found in JSON too', () => {
    const is = 'forbid(principal is User in ?principal, action, resource);';
    const policies = {
      staticPolicies: [ALL, jsonPolicy()],
      templates: { t: is },
      templateLinks: [{ templateId: 't', newId: 'l', values: { '?principal': { __entity: alice } } }],
    };
    const parsed = parse({ policies, links: [{ templateId: 't', newId: 'm', values: { '?principal': folder } }] });
    assert.deepEqual(idsOf(parsed), ['policy0', 'policy1', 'l', 'm']);
    const [, , l, m] = parsed.policies;
    assert.ok(l !== undefined && m !== undefined);
    assert.equal(printPolicy(l), 'forbid (principal is User in User::"alice", action, resource);');
    assert.equal(printPolicy(m), 'forbid (principal is User in Folder::"f", action, resource);');
  });

  it('are refused when a value lacks or is superfluous, or an id is unknown or taken', () => {
    const refused = (change: Partial<TemplateLink>): readonly string[] =>
      codesOf({ policies: TEMPLATE + ALL, links: [{ ...link, ...change }] });
    assert.deepEqual(refused({}), []);
    assert.deepEqual(refused({ values: { '?principal': alice } }), ['cedar/bad-link']);
    assert.deepEqual(refused({ templateId: 'policy1' }), ['cedar/unknown-template']);
    assert.deepEqual(refused({ templateId: 'policy2' }), ['cedar/unknown-template']);
    assert.deepEqual(refused({ newId: 'policy1' }), ['cedar/duplicate-id']);
    assert.deepEqual(refused({ newId: 'policy0' }), ['cedar/duplicate-id']);
    assert.deepEqual(refused({ values: { ...link.values, '?principal': { type: 'a b', id: '' } } }), [
      'cedar/bad-link',
    ]);
    const more = { policies: 'permit(principal == ?principal, action, resource);', links: [link] };
    assert.deepEqual(codesOf(more), ['cedar/bad-link']);
    assert.deepEqual(codesOf({ policies: TEMPLATE, links: [link, link] }), ['cedar/duplicate-id']);
  });

  it('stand where they belong', () => {
    assert.deepEqual(codesOf({ policies: { staticPolicies: { a: TEMPLATE } } }), ['cedar/misplaced-slot']);
    assert.deepEqual(codesOf({ policies: { staticPolicies: TEMPLATE } }), ['cedar/misplaced-slot']);
    assert.deepEqual(codesOf({ policies: { templates: { a: ALL } } }), ['cedar/no-slot']);
    assert.deepEqual(codesOf({ policies: { staticPolicies: { a: ALL + ALL } } }), ['cedar/bad-json']);
    assert.deepEqual(codesOf({ policies: { staticPolicies: { a: '' } } }), ['cedar/bad-json']);
  });
});

describe('the JSON form', () => {
  it('is read as the text that Cedar makes it from', () => {
    fc.assert(
      fc.property(arbitraryPolicies(), (policy) => {
        const text = printPolicy(policy);
        // Digits beyond 2^53 get lost in what cedar-wasm hands over, and so do fields called `__proto__`.
        fc.pre(!/\d{16}|__proto__/u.test(text));
        const answer = cedar.policyToJson(text);
        assert.ok(answer.type === 'success');
        const { policies } = parse({ policies: { staticPolicies: { policy0: answer.json } } });
        assert.deepEqual(policies.map(withoutPlaces), [withoutPlaces(sorted(policy))]);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  /** cedar-wasm sorts the fields of records, and annotations. */
  function sorted<T>(tree: T): T {
    const byName = <E>(entries: readonly (readonly [string, E])[]): (readonly [string, E])[] =>
      entries.toSorted(([a], [b]) => (Buffer.from(a).compare(Buffer.from(b)) < 0 ? -1 : 1));
    const sort = (part: unknown): unknown => {
      if (part instanceof Map) return new Map(byName([...part] as [string, unknown][]));
      if (Array.isArray(part)) return part.map(sort);
      if (typeof part !== 'object' || part === null) return part;
      const members = Object.entries(part).map(([name, value]) => [name, sort(value)] as const);
      const object = Object.fromEntries(members) as { kind?: string; fields?: { name: string }[] };
      if (object.kind !== 'record') return object;
      const fields = byName((object.fields ?? []).map((field) => [field.name, field])).map(([, field]) => field);
      return { ...object, fields };
    };
    return sort(tree) as T;
  }

  it('holds values with __entity and __extn, and integers with all their digits', () => {
    const value = {
      e: { __entity: { type: 'A::B', id: '' } },
      x: { __extn: { fn: 'ip', arg: '::1' } },
      s: [1, 'a', true],
    };
    const parsed = parse({ policies: { staticPolicies: { a: jsonPolicy({ Value: { ...value, n: -(2n ** 63n) } }) } } });
    const text = '{e: A::B::"", x: ip("::1"), s: [1, "a", true], n: -9223372036854775808}';
    assert.equal(printExpression(conditionOf(parsed)), text);
  });

  it('gives every problem its place', () => {
    const text = `{
  "effect": "allow",
  "principal": { "op": "==", "slot": "?resource" },
  "action": { "op": "==", "entity": { "type": "User", "id": "a" } },
  "resource": { "op": "is", "entity_typ": "A" },
  "conditions": [
    { "kind": "when", "body": { "Value": 1.5 } },
    { "kind": "when", "body": { "Value": { "__expr": "1" } } },
    { "kind": "when", "body": { "Var": "principle" } },
    { "kind": "when", "body": { "==": { "left": { "Value": null } } } },
    { "kind": "when", "body": { "has": { "left": { "Var": "context" }, "attr": ["a b", "c"] } } },
    { "kind": "when", "body": { "isIpv4": [] } },
    { "kind": "when", "body": { "Slot": "?principal" } },
    { "kind": "when", "body": { "is": { "left": { "Var": "context" }, "entity_type": "A ::B" } } },
    { "kind": "when", "body": { "like": { "left": { "Var": "context" }, "pattern": ["*"] } } },
    { "kind": "when", "body": { "Value": 9223372036854775808 } },
    { "kind": "when", "body": { "contans": 1 } },
    { "kind": "when" }
  ],
  "annotations": { "a b": "c" }
}`;
    const parsed = parsePolicies({ policies: [{ file: 'p.json', text }] });
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problem.map(({ code, at }) => `${at?.line}:${at?.column} ${code}`),
      [
        '2:13 cedar/bad-json',
        '20:20 cedar/bad-json',
        '3:38 cedar/misplaced-slot',
        '4:37 cedar/bad-scope',
        '5:29 cedar/unknown-field',
        '5:15 cedar/missing-field',
        '7:42 cedar/bad-json',
        '8:42 cedar/bad-json',
        '9:40 cedar/unknown-variable',
        '10:39 cedar/missing-field',
        '11:80 cedar/bad-json',
        '12:31 cedar/wrong-arity',
        '13:33 cedar/misplaced-slot',
        '14:86 cedar/bad-type-name',
        '15:85 cedar/bad-json',
        '16:42 cedar/integer-overflow',
        '17:33 cedar/unknown-function',
        '18:5 cedar/missing-field',
      ],
    );
    assert.ok(parsed.problem.every(({ at }) => at?.file === 'p.json'));
  });

  it('names the text inside of it in the place of a problem', () => {
    const parsed = parsePolicies({ policies: { staticPolicies: { one: '\n permit(principal);' } } });
    assert.ok(!parsed.ok);
    const [{ at } = {}] = parsed.problem;
    assert.deepEqual([at?.file, at?.line, at?.column], ['policies.json#one', 2, 18]);
  });

  it('may be an empty set, and nothing that is no policy', () => {
    assert.deepEqual(parse({ policies: {} }), { policies: [], templates: [] });
    assert.deepEqual(parse({ policies: [] }), { policies: [], templates: [] });
    for (const text of [
      '',
      'null',
      '[]',
      '1',
      JSON.stringify(ALL),
      '{"a": 1}',
      '{"staticPolicies": 1}',
      '{"templateLinks": {}}',
    ]) {
      assert.notDeepEqual(codesOf({ policies: [{ file: 'a.json', text }] }), [], text);
    }
  });
});

describe('limits', () => {
  const deepest = MAX_EXPRESSION_DEPTH;
  const many = 10_000;

  it('bound how deep an expression may be, whatever it is made of', () => {
    for (const [open, inner, close] of [
      ['(', 'true', ')'],
      ['!(', 'true', ')'],
      ['-(', '1', ')'],
      ['[', '1', ']'],
      ['{a: ', '1', '}'],
      ['ip(', '""', ')'],
      ['[].contains(', '1', ')'],
      ['1 - (', '1', ')'],
      ['if true then 1 else ', '1', ''],
      ['if (', 'true', ') then 1 else 2'],
      ['true || true && 1 == 1 + 1 * (', '1', ')'],
      ['1 * -1 * !context.a({a: ', '1', '})'],
      ['', '1', ' + 1'],
      ['', '1', ' * 1'],
      ['', 'context', '.a'],
      ['', 'context', '["a"]'],
      ['', 'context', '.contains(1)'],
    ] as const) {
      const text = inCondition(open.repeat(many) + inner + close.repeat(many));
      assert.ok(codesOf({ policies: text }).includes('cedar/too-deep'), open + close);
    }
  });

  it('let pass what is as deep as may be', () => {
    const levels = deepest - 1;
    for (const [open, inner, close] of [
      ['!(', 'true', ')'],
      ['1 - (', '1', ')'],
      ['ip(', '""', ')'],
      ['', 'context', '.a'],
      ['', '1', ' + 1'],
      ['if true then 1 else ', '1', ''],
    ] as const) {
      const text = (depth: number): string => inCondition(open.repeat(depth) + inner + close.repeat(depth));
      const printed = printPolicy(parse({ policies: text(levels) }).policies[0] as PolicySyntax);
      assert.deepEqual(codesOf({ policies: printed }), [], open + close);
      assert.deepEqual(codesOf({ policies: text(levels + 1) }), ['cedar/too-deep'], open + close);
    }
  });

  it('leave chains of && and || as long as they are, in text and in JSON', () => {
    const chain = conditionOf(parse({ policies: inCondition(Array(many).fill('true').join(' && ')) }));
    assert.ok(chain.kind === 'and');
    assert.equal(chain.operands.length, many);
    let left: unknown = { Value: true };
    let right: unknown = { Value: true };
    for (let index = 1; index < many; index += 1) {
      left = { '||': { left, right: { Value: true } } };
      right = { '||': { left: { Value: true }, right } };
    }
    for (const body of [left, right]) {
      const or = conditionOf(parse({ policies: { staticPolicies: { a: jsonPolicy(body) } } }));
      assert.ok(or.kind === 'or');
      assert.equal(or.operands.length, many);
    }
  });

  it('hold for JSON as well', () => {
    let expression: unknown = { Value: true };
    let value: unknown = 1;
    for (let index = 0; index < many; index += 1) {
      expression = { '!': { arg: expression } };
      value = [value];
    }
    for (const body of [expression, { Value: value }, { Value: { __extn: { fn: 'ip', arg: value } } }]) {
      assert.deepEqual(codesOf({ policies: { staticPolicies: { a: jsonPolicy(body) } } }), ['cedar/too-deep']);
    }
    assert.deepEqual(codesOf({ policies: [{ file: 'a.json', text: '['.repeat(1_000_000) }] }), ['cedar/bad-json']);
  });

  it('refuse a source that is too long, and half a surrogate pair with its place', () => {
    assert.deepEqual(codesOf({ policies: ' '.repeat(MAX_SOURCE_LENGTH + 1) }), ['cedar/too-long']);
    const parsed = parsePolicies({ policies: '// \u{1f600}\npermit(\ud800principal, action, resource);' });
    assert.ok(!parsed.ok);
    assert.deepEqual(parsed.problem[0]?.at, { file: 'policies.cedar', line: 2, column: 8, endLine: 2, endColumn: 9 });
    assert.deepEqual(codesOf({ policies: { staticPolicies: { a: '\udc00' } } }), ['cedar/bad-json']);
  });

  it('let a text of ten megabytes pass, of many policies or one string, and refuse one without delay', () => {
    const size = 10_000_000;
    const policy = inCondition('principal.name == "x" && resource.owner == principal');
    const policies = policy.repeat(Math.ceil(size / policy.length));
    assert.equal(parse({ policies }).policies.length, Math.ceil(size / policy.length));
    parse({ policies: inCondition(`"${'a'.repeat(size)}" like "${'a*'.repeat(1000)}"`) });
    assert.equal(codesOf({ policies: '"'.repeat(size + 1) }).length, 1);
    assert.equal(codesOf({ policies: `${inCondition('a')};`.repeat(size / 50) }).length, MAX_PROBLEMS);
  });
});
