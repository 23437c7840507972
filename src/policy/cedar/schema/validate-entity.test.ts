import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Entity, fieldsOf } from '../value.ts';
import { loadCedarSchema } from './load-schema.ts';
import { ancestorsOfAction, entityFromJson, problemOfAction } from './validate-entity.ts';
import { contextFromJson, validateRequest } from './validate-request.ts';

const loaded = await loadCedarSchema(`
  entity Team in [Company]; entity Company; entity Color enum ["red", "blue"];
  entity User in [Team] { name: String, color?: Color } tags Long;
  action view in [all] appliesTo { principal: User, resource: Team, context: { mfa: Bool } };
  action all in [everything]; action everything;
`);
assert.ok(loaded.ok);
const schema = loaded.value;

function resolve(type: string, id: string): Entity {
  return new Entity({ name: type, ordinal: 1, entities: new Map() }, id, 1);
}

const alice = { uid: { type: 'User', id: 'alice' }, attrs: { name: 'Alice' }, parents: [] };

/** `code: message (hint)`, or `taken`. */
function refusal(json: unknown, checked = schema): string {
  const parsed = entityFromJson(json, resolve, checked);
  if (parsed.ok) return 'taken';
  const { code, message, hint } = parsed.problem;
  return `${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

test('an entity is read as its type is declared', () => {
  const parents = [{ type: 'Team', id: 'a' }, { __entity: { type: 'Company', id: 'b' } }];
  const parsed = entityFromJson({ ...alice, tags: { level: 7 }, parents, ignored: null }, resolve, schema);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.parents, [
    { type: 'Team', id: 'a' },
    { type: 'Company', id: 'b' },
  ]);
  assert.deepEqual(fieldsOf(parsed.value.tags), [['level', 7]]);
  assert.deepEqual(fieldsOf(parsed.value.attributes), [['name', 'Alice']]);
});

test('what the schema does not declare is refused, with the nearest name', () => {
  assert.equal(
    refusal({ ...alice, uid: { type: 'Usr', id: 'a' } }),
    'cedar/unknown-entity-type: `Usr::"a"` is of a type that the schema does not declare (maybe `User` was meant)',
  );
  assert.equal(
    refusal({ ...alice, attrs: { nam: 'x', name: 'y' } }),
    'cedar/undeclared-attribute: attribute `nam` of `User::"alice"` is not declared in the schema (maybe `name` was meant)',
  );
  assert.equal(
    refusal({ ...alice, attrs: {} }),
    'cedar/missing-attribute: attribute `name` of `User::"alice"` is missing (the schema requires a string there)',
  );
  assert.equal(
    refusal({ ...alice, tags: { level: 'x' } }),
    'cedar/type-mismatch: tag `level` of `User::"alice"` should be a long, and is a string',
  );
  assert.match(refusal({ uid: { type: 'Team', id: 'a' }, tags: { x: 1 } }), /^cedar\/undeclared-tag/u);
  assert.equal(
    refusal({ ...alice, parents: [{ type: 'Color', id: 'red' }] }),
    'cedar/bad-parent: `User::"alice"` has the parent `Color::"red"`, and the schema does not let `User` be in `Color` (it can be in entities of `Team`, `Company`)',
  );
  assert.equal(
    refusal({ ...alice, attrs: { name: '', color: { type: 'Color', id: 'rad' } } }),
    'cedar/undeclared-entity: attribute `color` of `User::"alice"` names `Color::"rad"`, and the schema does not list that id for `Color` (maybe "red" was meant)',
  );
  assert.match(refusal({ uid: { type: 'Color', id: 'green' } }), /^cedar\/undeclared-entity: .*`Color::"green"`/u);
});

test('what is no entity is refused', () => {
  for (const json of [null, [], 'User', {}, { uid: 'User' }, { uid: { type: 'User' } }])
    assert.notEqual(refusal(json), 'taken');
  for (const field of ['attrs', 'parents', 'tags']) {
    assert.notEqual(refusal({ ...alice, [field]: null }), 'taken');
    assert.notEqual(refusal({ ...alice, [field]: 'x' }), 'taken');
  }
});

test('an action among the entities is as the schema declares it', () => {
  const view = entityFromJson(
    { uid: { type: 'Action', id: 'view' }, parents: [{ type: 'Action', id: 'all' }] },
    resolve,
    schema,
  );
  assert.ok(view.ok);
  const declared = schema.actionOf(view.value.uid);
  assert.ok(declared !== undefined);
  const ancestors = ancestorsOfAction(schema, declared);
  assert.deepEqual([...ancestors].sort(), ['Action::"all"', 'Action::"everything"']);
  assert.equal(problemOfAction(schema, view.value, ancestors), undefined);
  assert.equal(problemOfAction(schema, view.value, new Set(['Action::"all"']))?.code, 'cedar/action-mismatch');
  const unknown = { ...view.value, uid: { type: 'Action', id: 'vew' } };
  assert.equal(problemOfAction(schema, unknown, ancestors)?.code, 'cedar/undeclared-action');
  assert.match(
    refusal({ uid: { type: 'Action', id: 'view' }, parents: [{ type: 'Team', id: 'a' }] }),
    /^cedar\/bad-parent/u,
  );
});

test('a request is of an action that is declared, with types that it allows', () => {
  const user = { type: 'User', id: 'a' };
  const team = { type: 'Team', id: 'a' };
  const view = { type: 'Action', id: 'view' };
  const problem = (principal: typeof user, action: typeof user, resource: typeof user): string => {
    const valid = validateRequest(schema, { principal, action, resource });
    return valid.ok ? 'valid' : `${valid.problem.code}: ${valid.problem.message} (${valid.problem.hint ?? ''})`;
  };
  assert.equal(problem(user, view, team), 'valid');
  assert.equal(
    problem(user, { ...view, id: 'veiw' }, team),
    'cedar/undeclared-action: the request names `Action::"veiw"`, and the schema declares no such action (maybe `Action::"view"` was meant)',
  );
  assert.match(problem(user, user, team), /^cedar\/undeclared-action: `User::"a"` is no action/u);
  assert.equal(
    problem(team, view, team),
    'cedar/bad-principal-type: the principal of `Action::"view"` cannot be of type `Team` (the schema allows `User`)',
  );
  assert.match(
    problem(user, view, { type: 'Teem', id: '' }),
    /^cedar\/unknown-entity-type: the resource: .*maybe `Team`/u,
  );
  assert.match(
    problem(user, { type: 'Action', id: 'all' }, team),
    /^cedar\/bad-principal-type: .*\(the action only groups others\)/u,
  );
});

test('a context has the type that its action declares', () => {
  const action = schema.actionOf({ type: 'Action', id: 'view' });
  assert.equal(contextFromJson({ mfa: true }, action, resolve, schema).ok, true);
  const wrong = contextFromJson({ mfa: 'yes' }, action, resolve, schema);
  assert.ok(!wrong.ok);
  assert.equal(wrong.problem.message, 'attribute `mfa` of the context should be a boolean, and is a string');
  assert.equal(contextFromJson({ __entity: { type: 'User', id: 'a' } }, undefined, resolve).ok, false);
  assert.equal(contextFromJson([], undefined, resolve).ok, false);
});
