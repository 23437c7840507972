/** Whether checks, lookups and expansion of one world of relationships say the same of everything in it. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { EvaluateCaveat } from '../evaluate/evaluate-caveat.ts';
import type { SubjectTree } from '../evaluate/expand.ts';
import type { CheckOutcome, Page } from '../evaluate/outcome.ts';
import type { Relations } from '../evaluate/relations.ts';
import type { RelationSchema } from '../schema/schema.ts';
import type { ObjectReference, Relationship, SubjectReference } from '../store/relationship.ts';
import { formatSubject } from '../store/relationship-text.ts';
import type { RelationshipStore } from '../store/relationship-store.ts';
import { ProblemError } from '../../../kernel/problem.ts';
import type { Result } from '../../../kernel/result.ts';

export type RelationsWorld = {
  readonly schema: RelationSchema;
  readonly tuples: readonly Relationship[];
  readonly store: RelationshipStore;
  readonly relations: Relations;
  readonly evaluateCaveat: EvaluateCaveat;
  readonly now: number;
  readonly context: JsonObject;
};

const PAGE_SIZES = [1, 2, 3, undefined] as const;

/**
 * What the parts say differently of a resource, a permission and a subject. `expands`: expansion is compared as well;
 * it has no end where arrows lead in a circle, and no meaning where sets are defined by their own complements.
 */
export function disagreements(
  world: RelationsWorld,
  expands: 'always' | 'where-it-ends' | 'never' = 'always',
): readonly string[] {
  const { relations, store, now, context } = world;
  const moment = { snapshot: store.snapshot(), now, context };
  const objects = objectsOf(world);
  const subjects = subjectsOf(world, objects);
  const found: string[] = [];
  for (const definition of world.schema.definitions.values()) {
    for (const permission of [...definition.relations.keys(), ...definition.permissions.keys()]) {
      const resources = objects.filter(({ type }) => type === definition.name);
      for (const subject of subjects) {
        const questions = resources.map((resource) => ({ resource, permission, subject }));
        const checked = new Map(questions.map((each) => [each.resource.id, relations.check(each, moment)]));
        const what = `${definition.name}#${permission}@${formatSubject(subject)}`;
        relations.checkAll(questions, moment).forEach((outcome, index) => {
          const single = checked.get(questions[index]?.resource.id ?? '');
          if (textOf(outcome) !== textOf(single)) found.push(`bulk check of ${what}: ${textOf(outcome)}`);
        });
        for (const limit of PAGE_SIZES) {
          const question = { resourceType: definition.name, permission, subject };
          const looked = allPages((page) =>
            relations.lookupResources(question, moment, { ...page, ...(limit && { limit }) }),
          );
          for (const { id } of resources) {
            const expected = textOf(checked.get(id));
            const came = textOf(looked.get(id)?.membership);
            if (came !== expected)
              found.push(`resources of ${what}, pages of ${limit ?? 'all'}: ${id} ${came}, not ${expected}`);
            looked.delete(id);
          }
          for (const id of looked.keys()) found.push(`resources of ${what}: ${id} is nothing that was asked for`);
        }
        for (const resource of resources) {
          const expected = textOf(checked.get(resource.id));
          const expansion = expands === 'never' ? ENDLESS : expandedMembership(world, resource, permission, subject);
          const expanded = textOf(expansion);
          if (expanded !== expected && (expansion !== ENDLESS || expands === 'always'))
            found.push(`expansion of ${resource.id}, ${what}: ${expanded}, not ${expected}`);
          for (const limit of PAGE_SIZES) {
            const came = textOf(lookedUpMembership(world, resource, permission, subject, limit));
            if (came !== expected) {
              found.push(`subjects of ${resource.id}, ${what}, pages of ${limit ?? 'all'}: ${came}, not ${expected}`);
            }
          }
        }
      }
    }
  }
  return found;
}

function textOf(outcome: CheckOutcome | undefined): string {
  if (outcome === undefined) return 'has-not';
  if (outcome.kind === 'problem') return outcome.problem.code;
  return outcome.kind === 'conditional' ? `conditional on ${outcome.missing.join()}` : outcome.kind;
}

function objectsOf({ tuples, schema }: RelationsWorld): readonly ObjectReference[] {
  const named = tuples.flatMap(({ resource, subject }) => [resource, { type: subject.type, id: subject.id }]);
  const strangers = [...schema.definitions.keys()].map((type) => ({ type, id: 'stranger' }));
  const byName = new Map([...named, ...strangers].map((object) => [formatSubject(object), object]));
  return [...byName.values()].filter(({ id }) => id !== '*');
}

/** All objects, and of each all that a relationship names of its type. */
function subjectsOf({ tuples }: RelationsWorld, objects: readonly ObjectReference[]): readonly SubjectReference[] {
  const relations = new Map(
    tuples.flatMap(({ resource, relation, subject }) => [
      [`${subject.type}#${subject.relation ?? ''}`, subject],
      [`${resource.type}#${relation}`, { ...resource, relation }],
    ]),
  );
  const usersets = [...relations.values()].flatMap(({ type, relation }) =>
    relation === undefined
      ? []
      : objects.filter((object) => object.type === type).map((object) => ({ ...object, relation })),
  );
  return [...objects, ...usersets];
}

function allPages<T extends { readonly id: string }>(
  page: (options: { readonly cursor?: string }) => Result<Page<T>>,
): Map<string, T> {
  const all = new Map<string, T>();
  for (let cursor: string | undefined; ;) {
    const one = page(cursor === undefined ? {} : { cursor });
    if (!one.ok) throw new ProblemError(one.problem);
    for (const found of one.value.found) {
      if (all.has(found.id)) throw new Error(`\`${found.id}\` is in two pages`);
      all.set(found.id, found);
    }
    cursor = one.value.cursor;
    if (cursor === undefined) return all;
  }
}

function lookedUpMembership(
  { relations, store, now, context }: RelationsWorld,
  resource: ObjectReference,
  permission: string,
  subject: SubjectReference,
  limit: number | undefined,
): CheckOutcome {
  const { type: subjectType, id, relation: subjectRelation } = subject;
  const question = { resource, permission, subjectType, ...(subjectRelation !== undefined && { subjectRelation }) };
  const moment = { snapshot: store.snapshot(), now, context };
  const looked = allPages((page) => relations.lookupSubjects(question, moment, { ...page, ...(limit && { limit }) }));
  const own = looked.get(id);
  if (own !== undefined) return own.membership;
  const all = looked.get('*');
  const out = all?.excluded?.find((each) => each.id === id);
  return out?.membership ?? all?.membership ?? { kind: 'has-not' };
}

/** Of a tree that would not end. */
const ENDLESS: CheckOutcome = { kind: 'problem', problem: { code: 'relations/too-deep', message: 'endless' } };

type Belief = { readonly kind: 'yes' | 'no' } | { readonly kind: 'open'; readonly missing: ReadonlySet<string> };

const ENDS: ReadonlySet<string> = new Set(['relations/too-deep', 'relations/too-large']);

const BELIEF_OUTCOME = { yes: { kind: 'has' }, no: { kind: 'has-not' } } as const;

/** Whether the subject is in the tree; sets that it names are expanded in their turn. */
function expandedMembership(
  world: RelationsWorld,
  resource: ObjectReference,
  permission: string,
  subject: SubjectReference,
): CheckOutcome {
  let belief: Belief;
  try {
    belief = inExpansion(world, { ...resource, relation: permission }, subject, []);
  } catch (error) {
    if (!(error instanceof ProblemError) || !ENDS.has(error.problem.code)) throw error;
    return ENDLESS;
  }
  if (belief.kind !== 'open') return BELIEF_OUTCOME[belief.kind];
  return { kind: 'conditional', missing: [...belief.missing].sort() };
}

function inExpansion(
  world: RelationsWorld,
  set: Required<SubjectReference>,
  subject: SubjectReference,
  path: readonly string[],
): Belief {
  const name = formatSubject(set);
  if (name === formatSubject(subject)) return { kind: 'yes' };
  if (path.includes(name)) return { kind: 'no' };
  const { relations, store, now, context } = world;
  const tree = relations.expand({ type: set.type, id: set.id }, set.relation, {
    snapshot: store.snapshot(),
    now,
    context,
  });
  if (!tree.ok) throw new ProblemError(tree.problem);
  return inTree(world, tree.value, subject, [...path, name]);
}

function inTree(world: RelationsWorld, tree: SubjectTree, subject: SubjectReference, path: readonly string[]): Belief {
  const inside = (): Belief => {
    // A set contains itself, and the tree names the sets that it is made of.
    if (formatSubject({ ...tree.object, relation: tree.relation }) === formatSubject(subject)) return { kind: 'yes' };
    switch (tree.kind) {
      case 'leaf':
        return tree.subjects
          .map(({ subject: named, caveat }) => {
            const held = underCaveat(world, caveat);
            if (formatSubject(named) === formatSubject(subject)) return held;
            if (named.relation !== undefined) {
              return and(held, inExpansion(world, { ...named, relation: named.relation }, subject, path));
            }
            const all = named.id === '*' && named.type === subject.type && subject.relation === undefined;
            return all ? held : ({ kind: 'no' } as const);
          })
          .reduce<Belief>(or, { kind: 'no' });
      case 'union':
        return tree.children.map((child) => inTree(world, child, subject, path)).reduce<Belief>(or, { kind: 'no' });
      case 'intersection':
        return tree.children.map((child) => inTree(world, child, subject, path)).reduce<Belief>(and, { kind: 'yes' });
      case 'exclusion':
        return and(inTree(world, tree.base, subject, path), not(inTree(world, tree.excluded, subject, path)));
    }
  };
  return and(underCaveat(world, tree.caveat), inside());
}

function underCaveat({ evaluateCaveat, context }: RelationsWorld, caveat: Relationship['caveat']): Belief {
  if (caveat === undefined) return { kind: 'yes' };
  const outcome = evaluateCaveat(caveat.name, caveat.context, context);
  switch (outcome.kind) {
    case 'true':
      return { kind: 'yes' };
    case 'false':
      return { kind: 'no' };
    case 'conditional':
      return { kind: 'open', missing: new Set(outcome.missing) };
    case 'error':
      throw new ProblemError(outcome.problem);
  }
}

function or(one: Belief, other: Belief): Belief {
  if (one.kind === 'open' && other.kind === 'open') return { kind: 'open', missing: one.missing.union(other.missing) };
  if (one.kind === 'yes' || other.kind === 'no') return one;
  return other;
}

function and(one: Belief, other: Belief): Belief {
  return not(or(not(one), not(other)));
}

function not(belief: Belief): Belief {
  if (belief.kind === 'open') return belief;
  return { kind: belief.kind === 'yes' ? 'no' : 'yes' };
}
