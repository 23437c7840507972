/** The second opinion: cedar-wasm takes and refuses the same entities, contexts and requests under one schema. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';

import type { EntityUid } from '../entity-uid.ts';
import { formatUid } from '../entity-uid.ts';
import { EntityStore } from '../store/entity-store.ts';
import { Entity } from '../value.ts';
import type { CedarSchema, CedarType } from './cedar-schema.ts';
import { loadCedarSchema } from './load-schema.ts';
import { contextFromJson, validateRequest } from './validate-request.ts';

const SEED = 20260702;

const TEXT = `
  type Place = { city: String, "zip code"?: Long, at?: { lat: decimal, "__proto__"?: Bool } };
  entity Group in [Group, Org::Unit] { name?: String };
  entity Color enum ["red", "blue"];
  entity User in [Group] {
    name: String, age?: Long, tall: Bool, boss?: User, home: Place, colors: Set<Color>, seen: Set<Set<Long>>,
    ip?: ipaddr, score?: decimal, born?: datetime, "constructor"?: duration, last?: Action
  } tags Set<String>;
  entity File { owner: User };
  action read, write in [all] appliesTo {
    principal: [User, Color], resource: [File, Org::Unit],
    context: { mfa: Bool, who: User, at?: datetime, from: Set<ipaddr>, place?: Place, toString?: String }
  };
  action all;
  namespace Org { entity Unit tags Group; action move in [Action::"write"] appliesTo { principal: Unit, resource: Unit }; }
`;

const schema: CedarSchema = await load();

async function load(): Promise<CedarSchema> {
  const loaded = await loadCedarSchema(TEXT);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.value;
}

type Json = cedar.CedarValueJson;

const entityTypes: readonly string[] = ['User', 'Group', 'Color', 'File', 'Org::Unit', 'Action', 'Nope', 'no good'];
const uid = fc.record({
  type: fc.constantFrom(...entityTypes),
  id: fc.constantFrom('red', 'blue', 'read', 'all', 'a', '', '__proto__'),
});

/** Values that are of no type, or of the wrong one most of the time. */
const junk: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(
    null,
    true,
    0,
    -0,
    7,
    1.5,
    -9007199254740991,
    'x',
    '1.2.3.4',
    '2024-10-15',
    '1h',
    '0.5',
    [],
    {},
  ),
  fc.constantFrom<Json[]>([1, 'x'], [[1], []], [null], { city: 'x' }, { a: { b: null } }, { __expr: 'User::"a"' }),
  uid as fc.Arbitrary<Json>,
  uid.map((__entity) => ({ __entity })),
  fc.constantFrom<Json[]>(
    { __extn: { fn: 'decimal', arg: '1.0' } },
    { __extn: { fn: 'ip', arg: '10.0.0.0/8' } },
    { __extn: { fn: 'ip', arg: 'x' } },
    { __extn: { fn: 'datetime', args: ['2024-10-15'] } },
    { __extn: { fn: 'offset', args: ['2024-10-15', '1h'] } },
    { __extn: { fn: 'isIpv4', arg: { __extn: { fn: 'ip', arg: '::1' } } } },
    { __extn: { fn: 'toDays', args: [{ __extn: { fn: 'duration', arg: '3d' } }] } },
    { __extn: { fn: 'nothing', arg: '1' } },
    { __extn: { fn: 'decimal', args: ['1.0', '2.0'] } },
  ),
);

/** A value of the type, now and then with something else in it. */
function jsonOf(type: CedarType): fc.Arbitrary<Json> {
  return fc.oneof({ weight: 30, arbitrary: rightJson(type) }, { weight: 1, arbitrary: junk });
}

function rightJson(type: CedarType): fc.Arbitrary<Json> {
  switch (type.kind) {
    case 'String':
      return fc.constantFrom('', 'x', '1.5', '😀');
    case 'Long':
      return fc.oneof(
        fc.integer(),
        fc.constant({ __extn: { fn: 'toHours', arg: { __extn: { fn: 'duration', arg: '2h' } } } }),
      );
    case 'Boolean':
      return fc.boolean();
    case 'Set':
      return fc.array(jsonOf(type.element), { maxLength: 3 });
    case 'Record':
      return recordOf(type);
    case 'Entity': {
      const ids = [
        ...(schema.entityTypes.get(type.name)?.ids ?? (type.name === 'Action' ? ['read', 'all'] : ['a', 'b'])),
      ];
      const named = fc.constantFrom(...ids).map((id) => ({ type: type.name, id }));
      return fc.oneof(
        named,
        named.map((__entity) => ({ __entity })),
      );
    }
    case 'Extension':
      return fc.constantFrom<Json[]>(...EXTENSION_JSON[type.name]);
  }
}

const EXTENSION_JSON: {
  readonly [N in Extract<CedarType, { kind: 'Extension' }>['name']]: readonly [Json, ...Json[]];
} = {
  decimal: ['1.5', { __extn: { fn: 'decimal', arg: '-3.0' } }, { fn: 'decimal', arg: '2.25' }],
  ipaddr: ['10.0.0.1', '::1/64', { __extn: { fn: 'ip', args: ['1.2.3.4'] } }],
  datetime: [
    '2024-10-15',
    '2024-10-15T11:35:00Z',
    { fn: 'datetime', arg: '1970-01-01' },
    { __extn: { fn: 'offset', args: [{ fn: 'datetime', arg: '1970-01-01' }, '1d'] } },
    { __extn: { fn: 'toDate', args: [{ __extn: { fn: 'datetime', arg: '2024-10-15T11:35:00Z' } }] } },
  ],
  duration: ['1d2h', { __extn: { fn: 'durationSince', args: ['2024-10-15', '2024-10-14'] } }],
};

function recordOf(type: Extract<CedarType, { kind: 'Record' }>): fc.Arbitrary<{ [name: string]: Json }> {
  const fields = [...type.attributes].map(([name, attribute]) => {
    const often = attribute.required ? 40 : 1;
    const value = jsonOf(attribute.type).map((json) => [[name, json] as const]);
    return fc.oneof({ weight: often, arbitrary: value }, { weight: 1, arbitrary: fc.constant([]) });
  });
  const extra = fc.oneof(
    { weight: 40, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: junk.map((json) => [['extra', json] as const]) },
  );
  return fc.tuple(...fields, extra).map((parts) => Object.fromEntries(parts.flat()));
}

const entity = fc
  .constantFrom('User', 'User', 'Group', 'File', 'Org::Unit', 'Color', 'Nope', 'Action')
  .chain((type) => {
    const declared = schema.entityTypes.get(type);
    const ids = declared?.ids ?? (type === 'Action' ? ['read', 'all', 'nope'] : ['a', 'b', '']);
    return fc.record(
      {
        uid: fc.constantFrom(...ids).map((id) => ({ type, id })),
        attrs: declared === undefined ? fc.constant({}) : recordOf(declared.shape),
        parents: fc.oneof(
          { weight: 3, arbitrary: fc.constant([]) },
          { weight: 2, arbitrary: fc.array(uid, { maxLength: 2 }) },
        ),
        tags: fc.dictionary(
          fc.constantFrom('k', '__proto__'),
          declared?.tags === undefined ? junk : jsonOf(declared.tags),
          {
            maxKeys: declared?.tags === undefined ? 0 : 2,
          },
        ),
      },
      { requiredKeys: ['uid', 'attrs', 'parents'] },
    );
  });

/** Mostly of a type that is allowed. */
function uidOf(types: ReadonlySet<string> | undefined): fc.Arbitrary<EntityUid> {
  if (types === undefined || types.size === 0) return uid;
  const right = fc.record({ type: fc.constantFrom(...types), id: fc.constantFrom('red', 'blue') });
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: uid });
}

function resolve(type: string, id: string): Entity {
  return new Entity({ name: type, ordinal: 1, entities: new Map() }, id, 1);
}

/** How often both said so: a run in which all is refused would prove nothing. */
function counter(): { accepted: number; refused: number } {
  return { accepted: 0, refused: 0 };
}

test('the same entities are taken and refused under a schema', () => {
  const seen = counter();
  fc.assert(
    fc.property(entity, (json) => {
      const ours = new EntityStore({ schema }).put([json]);
      const theirs = cedar.checkParseEntities({ schema: TEXT, entities: [json as cedar.EntityJson] });
      const taken = theirs.type === 'success';
      seen[taken ? 'accepted' : 'refused'] += 1;
      assert.equal(ours.ok, taken, `${JSON.stringify(json)}: ${JSON.stringify(ours)} but ${JSON.stringify(theirs)}`);
    }),
    { seed: SEED, numRuns: 300 },
  );
  assert.ok(Math.min(seen.accepted, seen.refused) > 60, JSON.stringify(seen));
});

test('the same requests and contexts are taken and refused under a schema', () => {
  const seen = counter();
  const action = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom<EntityUid[]>(...[...schema.actions.values()].map((declared) => declared.uid)),
    },
    { weight: 1, arbitrary: uid },
  );
  const request = action.chain((asked) => {
    const declared = schema.actionOf(asked);
    const context = recordOf(declared?.context ?? { kind: 'Record', attributes: new Map() });
    return fc.record({
      principal: uidOf(declared?.principalTypes),
      action: fc.constant(asked),
      resource: uidOf(declared?.resourceTypes),
      context,
    });
  });
  cedar.preparseSchema('agreement', TEXT);
  cedar.preparsePolicySet('agreement', {});
  fc.assert(
    fc.property(request, (asked) => {
      const { context, ...uids } = asked;
      const valid = validateRequest(schema, uids);
      const ours = valid.ok ? contextFromJson(context, valid.value, resolve, schema) : valid;
      const theirs = cedar.statefulIsAuthorized({
        ...uids,
        context,
        preparsedSchemaName: 'agreement',
        preparsedPolicySetId: 'agreement',
        validateRequest: true,
        entities: [],
      });
      const taken = theirs.type === 'success';
      seen[taken ? 'accepted' : 'refused'] += 1;
      const names = `${formatUid(uids.principal)} ${formatUid(uids.action)} ${formatUid(uids.resource)}`;
      assert.equal(ours.ok, taken, `${names} ${JSON.stringify(context)}: ${JSON.stringify(theirs)}`);
    }),
    { seed: SEED, numRuns: 800 },
  );
  assert.ok(Math.min(seen.accepted, seen.refused) > 100, JSON.stringify(seen));
});

test('the same contexts are taken and refused without a schema', () => {
  const seen = counter();
  const context = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'toString'), fc.oneof(junk, fc.array(junk)), {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(context, (json) => {
      const ours = contextFromJson(json, undefined, resolve);
      const theirs = cedar.checkParseContext({ context: json });
      const taken = theirs.type === 'success';
      seen[taken ? 'accepted' : 'refused'] += 1;
      assert.equal(ours.ok, taken, `${JSON.stringify(json)}: ${JSON.stringify(ours)} but ${JSON.stringify(theirs)}`);
    }),
    { seed: SEED, numRuns: 600 },
  );
  assert.ok(Math.min(seen.accepted, seen.refused) > 100, JSON.stringify(seen));
});
