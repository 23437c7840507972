/** Names and strings that trip programs in JavaScript: those of prototypes, and half a surrogate pair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type CedarRequest, type EntityJson, EntityStore, parseCedarJson } from '../../src/policy/cedar/library.ts';
import { codesOf, compiled, mustRefuse, outcomeOf, PERMIT_ALL, REQUEST } from './hostile.ts';

const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '$',
  '',
];

test('the names of prototypes are names like any other: not there unless given, and what was given when they are', async () => {
  for (const name of PROTOTYPE_NAMES) {
    const quoted = JSON.stringify(name);
    for (const operand of ['context', 'principal', 'principal.record', '{}']) {
      const entities = new EntityStore();
      assert.ok(entities.put([{ uid: REQUEST.principal, attrs: { record: {} }, parents: [] }]).ok);
      assert.equal(
        (await outcomeOf(`${operand} has ${quoted}`, {}, { entities })).decision,
        'deny',
        `${operand} ${name}`,
      );
      const read = await outcomeOf(`${operand}[${quoted}] == 1 || true`, {}, { entities });
      assert.equal(read.decision, 'deny', `${operand} ${name}`);
      assert.equal(read.errors.length, 1);
    }
    const entities = new EntityStore();
    const given = Object.fromEntries([[name, 7]]);
    const owner = { __entity: { type: 'User', id: name } };
    const attrs = Object.fromEntries([
      [name, 7],
      ['record', given],
      ['owner', owner],
    ]);
    const put = entities.put([
      { uid: REQUEST.principal, attrs, parents: [{ type: 'Group', id: name }], tags: given },
      { uid: { type: 'User', id: name }, attrs: given, parents: [] },
    ]);
    assert.ok(put.ok, codesOf(put).join());
    const conditions = [
      `context[${quoted}] == 7 && context has ${quoted}`,
      `principal[${quoted}] == 7 && principal.record[${quoted}] == 7`,
      `principal.hasTag(${quoted}) && principal.getTag(${quoted}) == 7`,
      `principal.owner == User::${quoted} && principal.owner[${quoted}] == 7`,
      `principal in Group::${quoted} && !(principal in Group::"other")`,
      `{${quoted}: 7} == context && {${quoted}: 7}[${quoted}] == 7 && [${quoted}].contains(${quoted})`,
    ];
    for (const condition of conditions) {
      assert.equal((await outcomeOf(condition, given, { entities })).decision, 'allow', condition);
    }
  }
});

test('policies, templates and annotations may have the names of prototypes', async () => {
  for (const id of PROTOTYPE_NAMES) {
    const templates = Object.fromEntries([[id, 'permit (principal == ?principal, action, resource);']]);
    const templateLinks = [{ templateId: id, newId: `${id}!`, values: { '?principal': REQUEST.principal } }];
    const linked = await compiled({ policies: { templates, templateLinks } });
    assert.deepEqual(
      linked.explain(REQUEST).determining.map((policy) => policy.id),
      [`${id}!`],
    );

    const annotated = `@id(${JSON.stringify(id)}) @__proto__("a") @constructor("b") ${PERMIT_ALL}`;
    const set = await compiled({ policies: annotated, ids: 'annotation' });
    const [policy] = set.explain(REQUEST).determining;
    assert.equal(policy?.id, id);
    assert.equal(policy?.annotations.get('__proto__'), 'a');
    assert.equal(policy?.annotations.get('toString'), undefined);
    await mustRefuse({ policies: { templateLinks: [{ ...templateLinks[0], newId: 'x' }] } }, /template/u);
  }
  const set = await compiled({ policies: `permit (principal is __proto__, action, resource);` });
  assert.equal(set.decide({ ...REQUEST, principal: { type: '__proto__', id: 'constructor' } }), 'allow');
  assert.equal(set.decide(REQUEST), 'deny');
});

test('half a surrogate pair is refused wherever a string can stand', async () => {
  const half = '\ud800';
  await mustRefuse({ policies: `permit (principal, action, resource) when { "${half}" == "a" };` }, /surrogate/u);
  await mustRefuse({ policies: `permit (principal == User::"${half}", action, resource);` }, /surrogate/u);
  await mustRefuse({ policies: `@id("${half}") ${PERMIT_ALL}` }, /surrogate/u);
  await mustRefuse({ policies: 'permit (principal, action, resource) when { "\\u{d800}" == "a" };' }, /d800/iu);
  assert.ok(!parseCedarJson('{"a": "\\ud800"}').ok);
  assert.ok(!parseCedarJson('{"\\udc00\\ud800": 1}').ok);
  assert.ok(parseCedarJson('{"a": "\\ud83d\\udd11"}').ok);

  const entities: readonly EntityJson[] = [
    { uid: { type: 'User', id: half }, attrs: {}, parents: [] },
    { uid: { type: 'User', id: 'a' }, attrs: { a: half }, parents: [] },
    { uid: { type: 'User', id: 'a' }, attrs: { [half]: 1 }, parents: [] },
    { uid: { type: 'User', id: 'a' }, attrs: { a: { __entity: { type: 'User', id: half } } }, parents: [] },
    { uid: { type: 'User', id: 'a' }, attrs: {}, parents: [{ type: 'User', id: half }] },
    { uid: { type: 'User', id: 'a' }, attrs: {}, parents: [], tags: { [half]: 1 } },
  ];
  for (const entity of entities) assert.match(codesOf(new EntityStore().put([entity])).join(), /surrogate/u);

  const set = await compiled({ policies: PERMIT_ALL });
  const requests: readonly CedarRequest[] = [
    { ...REQUEST, principal: { type: 'User', id: half } },
    { ...REQUEST, action: { type: 'Action', id: half } },
    { ...REQUEST, resource: { type: half, id: 'a' } },
    { ...REQUEST, context: { a: half } },
    { ...REQUEST, context: { [half]: 1 } },
    { ...REQUEST, context: { a: [{ b: half }] } },
    { ...REQUEST, attributes: { principal: { a: half } } },
  ];
  for (const request of requests) {
    assert.equal(set.decide(request), 'deny', JSON.stringify(request));
    assert.match(set.explain(request).problem?.message ?? '', /surrogate/u);
  }
});
