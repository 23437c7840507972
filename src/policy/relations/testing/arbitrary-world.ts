/** Random schemas with random relationships: small, and dense in cycles, exclusions, wildcards and caveats. */
import fc from 'fast-check';

import type {
  AllowedSubject,
  ObjectDefinition,
  Permission,
  Relation,
  RelationSchema,
  SetExpression,
} from '../schema/schema.ts';
import type { Relationship, SubjectReference } from '../store/relationship.ts';

const SPAN = { start: 0, end: 0 };
const RELATIONS = ['left', 'middle', 'right'] as const;
/** The relation that names users alone, and not all of them at once; the others name everything. */
const OBJECTS_ALONE = 'right';
const PERMISSIONS = ['one', 'two', 'three', 'four'] as const;
const MEMBERS = [...RELATIONS, ...PERMISSIONS];
export const NODES: readonly string[] = ['n1', 'n2', 'n3'];
const USERS = ['u1', 'u2', 'u3'] as const;
export const CAVEATS: readonly string[] = ['dry', 'warm'];

/** Before this the relationships count that expire. */
export const WORLD_TIME = 1000;

export type ArbitraryWorld = { readonly schema: RelationSchema; readonly tuples: readonly Relationship[] };

/** A permission names those before it alone: on one object there are no cycles, over tuples there are many. */
function expressionOf(names: readonly string[], excludes: boolean): fc.Arbitrary<SetExpression> {
  const computed = fc.constantFrom(...names).map((name): SetExpression => ({ ...SPAN, kind: 'computed', name }));
  const arrow = fc
    .record({ relation: fc.constantFrom(...RELATIONS), target: fc.constantFrom(...MEMBERS), every: fc.boolean() })
    .map((step): SetExpression => ({ ...SPAN, kind: 'arrow', ...step }));
  const leaf = fc.oneof(
    { weight: 4, arbitrary: computed },
    { weight: 4, arbitrary: arrow },
    { weight: 1, arbitrary: fc.constantFrom<SetExpression>({ ...SPAN, kind: 'nil' }, { ...SPAN, kind: 'self' }) },
  );
  const { tree } = fc.letrec<{ tree: SetExpression }>((tie) => {
    const operands = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
    const combined = fc
      .record({ kind: fc.constantFrom('union' as const, 'intersection' as const), operands })
      .map((made): SetExpression => ({ ...SPAN, ...made }));
    const exclusion = fc
      .record({ base: tie('tree'), excluded: tie('tree') })
      .map((made): SetExpression => ({ ...SPAN, kind: 'exclusion', ...made }));
    return {
      tree: fc.oneof({ maxDepth: 3 }, leaf, excludes ? fc.oneof(combined, exclusion) : combined),
    };
  });
  return tree;
}

function schemaOf(excludes: boolean): fc.Arbitrary<RelationSchema> {
  const expressions = PERMISSIONS.map((_, index) =>
    expressionOf([...RELATIONS, ...PERMISSIONS.slice(0, index)], excludes),
  );
  return fc.tuple(...expressions).map((made) => {
    const permissions = new Map(
      PERMISSIONS.map((name, index): [string, Permission] => [
        name,
        { ...SPAN, name, comments: [], types: [], expression: made[index] as SetExpression },
      ]),
    );
    const node: ObjectDefinition = {
      ...SPAN,
      name: 'node',
      comments: [],
      relations: relations(),
      permissions,
      order: MEMBERS,
    };
    const nothing = { relations: new Map(), permissions: new Map(), order: [] };
    const user: ObjectDefinition = { ...SPAN, name: 'user', comments: [], ...nothing };
    const definitions = new Map([node, user].map((each) => [each.name, each]));
    return { source: { file: 'random', text: '' }, definitions, caveats: new Map() };
  });
}

function relations(): ReadonlyMap<string, Relation> {
  const allowed: AllowedSubject[] = [
    { ...SPAN, type: 'user', subject: { kind: 'object' }, caveat: undefined, expires: false },
    { ...SPAN, type: 'user', subject: { kind: 'wildcard' }, caveat: undefined, expires: false },
    { ...SPAN, type: 'node', subject: { kind: 'object' }, caveat: undefined, expires: false },
    ...MEMBERS.map((relation): AllowedSubject => {
      return { ...SPAN, type: 'node', subject: { kind: 'userset', relation }, caveat: undefined, expires: false };
    }),
  ];
  const allowedBy = (name: string): readonly AllowedSubject[] =>
    name === OBJECTS_ALONE ? allowed.slice(0, 1) : allowed;
  return new Map(RELATIONS.map((name) => [name, { ...SPAN, name, comments: [], allowed: allowedBy(name) }]));
}

const subject: fc.Arbitrary<SubjectReference> = fc.oneof(
  fc.constantFrom(...USERS).map((id) => ({ type: 'user', id })),
  fc.constant({ type: 'user', id: '*' }),
  fc.constantFrom(...NODES).map((id) => ({ type: 'node', id })),
  fc.record({ type: fc.constant('node'), id: fc.constantFrom(...NODES), relation: fc.constantFrom(...MEMBERS) }),
);

const tuple: fc.Arbitrary<Relationship> = fc
  .record({
    id: fc.constantFrom(...NODES),
    relation: fc.constantFrom(...RELATIONS),
    subject,
    caveat: fc.option(fc.constantFrom(...CAVEATS), { freq: 3, nil: undefined }),
    expiresAt: fc.option(fc.constantFrom(WORLD_TIME - 1, WORLD_TIME, WORLD_TIME + 1), { freq: 8, nil: undefined }),
  })
  .map(({ id, caveat, expiresAt, ...rest }) => ({
    resource: { type: 'node', id },
    ...rest,
    ...(caveat !== undefined && { caveat: { name: caveat, context: {} } }),
    ...(expiresAt !== undefined && { expiresAt }),
  }))
  .filter(({ relation, subject: { type, id } }) => relation !== OBJECTS_ALONE || (type === 'user' && id !== '*'));

export function arbitraryWorld({ excludes }: { readonly excludes: boolean }): fc.Arbitrary<ArbitraryWorld> {
  return fc.record({
    schema: schemaOf(excludes),
    tuples: fc.array(tuple, { minLength: 4, maxLength: 20, size: 'max' }),
  });
}

/** All subjects that are worth asking for, one that nothing names among them. */
export const SUBJECTS: readonly SubjectReference[] = [
  ...[...USERS, 'stranger'].map((id) => ({ type: 'user', id })),
  ...[...NODES, 'stranger'].map((id) => ({ type: 'node', id })),
  ...NODES.flatMap((id) => MEMBERS.map((relation) => ({ type: 'node', id, relation }))),
];

export const QUESTIONED: readonly string[] = MEMBERS;
