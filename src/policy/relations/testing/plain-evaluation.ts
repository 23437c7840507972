/** What relationships mean, said as plainly as can be: all sets of all objects at once, again and again until nothing changes. */
import type { RelationSchema, SetExpression } from '../schema/schema.ts';
import type { Relationship, SubjectReference } from '../store/relationship.ts';
import { formatSubject } from '../store/relationship-text.ts';

/** Sets by name, such as `group:eng#member`; in them is the subject, or it is not. */
type Sets = ReadonlySet<string>;

export type PlainWorld = {
  readonly schema: RelationSchema;
  /** Those that count: what has expired or whose caveat is false is not among them, and caveats are no more. */
  readonly tuples: readonly Relationship[];
  /** Those whose caveats are false are tuples all the same to `.all()`. */
  readonly failing: readonly Relationship[];
  readonly subject: SubjectReference;
};

/** Sets that the subject is in for sure, and those that it may be in; they differ where a set is made of its complement. */
export function plainSets(world: PlainWorld): { readonly sure: Sets; readonly possible: Sets } {
  let sure: Sets = new Set();
  for (;;) {
    const possible = leastSets(world, sure);
    const next = leastSets(world, possible);
    if (next.size === sure.size) return { sure, possible };
    sure = next;
  }
}

/** The least sets where what is taken away is what `taken` says. */
function leastSets(world: PlainWorld, taken: Sets): Sets {
  const sets = new Set<string>();
  for (let size = -1; size !== sets.size;) {
    size = sets.size;
    for (const definition of world.schema.definitions.values()) {
      for (const id of idsOf(world, definition.name)) {
        const object = `${definition.name}:${id}`;
        for (const name of [...definition.relations.keys(), ...definition.permissions.keys()]) {
          const expression = definition.permissions.get(name)?.expression;
          const has =
            `${object}#${name}` === formatSubject(world.subject) ||
            (expression === undefined
              ? inRelation(world, object, name, sets)
              : inExpression(world, object, expression, sets, taken));
          if (has) sets.add(`${object}#${name}`);
        }
      }
    }
  }
  return sets;
}

function idsOf({ tuples, failing, subject }: PlainWorld, type: string): ReadonlySet<string> {
  const objects = [...tuples, ...failing].flatMap((tuple) => [tuple.resource, tuple.subject]);
  return new Set([subject, ...objects].filter((object) => object.type === type).map(({ id }) => id));
}

function inRelation({ tuples, subject }: PlainWorld, object: string, relation: string, sets: Sets): boolean {
  return tuplesOf(tuples, object, relation).some(
    ({ subject: named }) =>
      formatSubject(named) === formatSubject(subject) ||
      (named.id === '*' && named.type === subject.type && subject.relation === undefined) ||
      (named.relation !== undefined && sets.has(formatSubject(named))),
  );
}

function tuplesOf(tuples: readonly Relationship[], object: string, relation: string): readonly Relationship[] {
  return tuples.filter((tuple) => formatSubject(tuple.resource) === object && tuple.relation === relation);
}

/** `sets` says what is contained, and `taken` what is taken away; inside of what is taken away they change places. */
function inExpression(world: PlainWorld, object: string, expression: SetExpression, sets: Sets, taken: Sets): boolean {
  const inside = (part: SetExpression): boolean => inExpression(world, object, part, sets, taken);
  switch (expression.kind) {
    case 'union':
      return expression.operands.some(inside);
    case 'intersection':
      return expression.operands.every(inside);
    case 'exclusion':
      return inside(expression.base) && !inExpression(world, object, expression.excluded, taken, sets);
    case 'computed':
      return sets.has(`${object}#${expression.name}`);
    case 'arrow': {
      const there = tuplesOf(world.tuples, object, expression.relation);
      const through = there.map(({ subject }) => sets.has(`${subject.type}:${subject.id}#${expression.target}`));
      if (!expression.every) return through.some(Boolean);
      const failing = tuplesOf(world.failing, object, expression.relation);
      return through.length > 0 && failing.length === 0 && through.every(Boolean);
    }
    case 'nil':
      return false;
    case 'self':
      return object === formatSubject(world.subject);
  }
}
