import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Problem } from '../../../kernel/problem.ts';
import { formatSpan } from '../../../kernel/source-span.ts';
import { parsePolicies, type PoliciesInput } from '../parse/parse-policies.ts';
import { loadCedarSchema } from './load-schema.ts';
import { type Validated, validateCedar } from './validate.ts';

const loaded = await loadCedarSchema(`
  entity Team; entity User in [Team] { name: String, age?: Long, boss?: User };
  entity Doc { owner: User };
  action view appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };
`);
assert.ok(loaded.ok);
const schema = loaded.value;

async function validate(input: PoliciesInput, level?: number): Promise<Validated> {
  const parsed = parsePolicies(input);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return validateCedar(parsed.value, schema, level === undefined ? {} : { level });
}

/** Each as `file:line:column-line:column message (hint)`. */
function show(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ message, hint, at }) => {
    assert.ok(at !== undefined);
    return `${formatSpan(at)}-${at.endLine}:${at.endColumn} ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

test('policies that are valid have no problems', async () => {
  const text = 'permit(principal, action, resource) when { resource.owner == principal && context.mfa };';
  assert.deepEqual(await validate({ policies: text }), { errors: [], warnings: [] });
  assert.deepEqual(await validate({ policies: '' }), { errors: [], warnings: [] });
});

test('each error stands at its place in its file, counted in UTF-16 units', async () => {
  const { errors } = await validate({
    policies: [
      {
        file: 'a.cedar',
        text: '// 😀\npermit(principal, action, resource);\n@id("é") forbid(principal, action, resource)\nwhen { "😀é" == principal.name && principal.age > 1 };',
      },
      { file: 'b.cedar', text: 'permit(principal == Usr::"x", action, resource);' },
    ],
  });
  assert.deepEqual(show(errors), [
    "a.cedar:4:35-4:48 policy `policy1`: unable to guarantee safety of access to optional attribute `age` on entity type `User` (try testing for the attribute's presence with `e has age && ..`)",
    'b.cedar:1:21-1:24 policy `policy2`: unrecognized entity type `Usr` (did you mean `User`?)',
  ]);
});

test('what is only suspicious is a warning', async () => {
  const { errors, warnings } = await validate({ policies: 'permit(principal is Team, action, resource);' });
  assert.deepEqual(errors, []);
  assert.deepEqual(show(warnings), [
    'policies.cedar:1:1-1:45 policy `policy0`: policy is impossible: the policy expression evaluates to false for all valid requests',
    'policies.cedar:1:1-1:45 policy `policy0`: unable to find an applicable action given the policy scope constraints',
  ]);
});

test('templates are validated, and what their links fill in', async () => {
  const template = 'permit(principal == ?principal, action, resource) when { principal.nam == "" };';
  const text = 'permit(principal in ?principal, action, resource == ?resource);';
  const { errors } = await validate({
    policies: [{ file: 't.cedar', text: `${template}\n${text}` }],
    links: [
      {
        templateId: 'policy1',
        newId: 'good',
        values: { '?principal': { type: 'Team', id: 'a' }, '?resource': { type: 'Doc', id: 'd' } },
      },
      {
        templateId: 'policy1',
        newId: '__proto__',
        values: { '?principal': { type: 'Teem', id: 'a' }, '?resource': { type: 'Doc', id: 'd' } },
      },
    ],
  });
  assert.deepEqual(show(errors), [
    't.cedar:1:58-1:71 policy `policy0`: attribute `nam` on entity type `User` not found (did you mean `name`?)',
    't.cedar:2:1-2:64 policy `__proto__`: unrecognized entity type `Teem` (did you mean `Team`?)',
  ]);
});

test('a policy in the JSON form is validated as its text would be, and its problems name the whole of it', async () => {
  const condition = {
    kind: 'when',
    body: { '==': { left: { '.': { left: { Var: 'principal' }, attr: 'nme' } }, right: { Value: 'x' } } },
  };
  const policy = {
    effect: 'permit',
    principal: { op: 'All' },
    action: { op: 'All' },
    resource: { op: 'All' },
    conditions: [condition],
  };
  const text = `{"staticPolicies": {"a": ${JSON.stringify(policy)}, "b": "permit(principal, action, resource) when { context.mfb };"}}`;
  const { errors } = await validate({ policies: [{ file: 'set.json', text }] });
  const start = text.indexOf('{"effect"') + 1;
  const end = text.indexOf(', "b":') + 1;
  assert.equal(
    show(errors)[0],
    `set.json:1:${start}-1:${end} policy \`a\`: attribute \`nme\` on entity type \`User\` not found (did you mean \`name\`?)`,
  );
  assert.match(show(errors)[1] ?? '', /policy `b`: attribute `mfb` in context for Action::"view" not found/u);
});

test('a policy that is too much for the validator is named, and the others are validated', async () => {
  // Their nesting is within our bounds, and beyond the validator's stack.
  const deep = `permit(principal, action, resource) when { ${'['.repeat(300)}1${']'.repeat(300)}.isEmpty() };`;
  const wrong = 'forbid(principal, action, resource) when { principal.nam == "" };';
  for (let round = 0; round < 2; round += 1) {
    const { errors } = await validate({ policies: `${deep}\n${wrong}` });
    assert.deepEqual(
      errors.map(({ code, at }) => `${code} ${at?.line}`),
      ['cedar/validator-failed 1', 'cedar/invalid-policy 2'],
    );
  }
});

test('a chain of any length is validated', async () => {
  const chain = (condition: string): string => {
    const operands = Array.from({ length: 10_000 }, (_, index) => `principal.name == "u${index}"`);
    return `permit(principal, action, resource) when { ${[...operands, condition].join(' || ')} };`;
  };
  assert.deepEqual((await validate({ policies: chain('context.mfa') })).errors, []);
  const guarded = `principal has age && ${Array.from({ length: 3000 }, () => 'principal.age > 1').join(' && ')}`;
  assert.deepEqual(
    (await validate({ policies: `permit(principal, action, resource) when { ${guarded} };` })).errors,
    [],
  );
  const { errors } = await validate({ policies: `\n${chain('context.mfb')}` });
  assert.deepEqual(
    errors.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`),
    ['cedar/invalid-policy 2:1'],
  );
});

test('levels are validated once the types are right', async () => {
  const deep = 'permit(principal, action, resource) when { resource.owner.name == "x" };';
  assert.deepEqual((await validate({ policies: deep }, 2)).errors, []);
  assert.deepEqual(show((await validate({ policies: deep }, 1)).errors), [
    'policies.cedar:1:44-1:63 policy `policy0`: this needs the entities of level 2, and the level allowed is 1 (copy what is needed into the context, or into an entity that is nearer to the request)',
  ]);
  const { errors } = await validate(
    { policies: `${deep}\npermit(principal, action, resource) when { principal.x };` },
    1,
  );
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['cedar/invalid-policy'],
  );
});
