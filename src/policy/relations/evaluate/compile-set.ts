/** From relations and set expressions to functions that answer whether the subject of a run is in the set. */
import type { Relation, SetExpression } from '../schema/schema.ts';
import { STRIDE } from '../store/pair-table.ts';
import {
  NODE_OBJECT,
  NODE_OBJECTS,
  NODE_OBJECT_COUNT,
  NODE_RESOURCE_COUNT,
  NODE_RESOURCES,
  NODE_RELATION,
  NODE_USERSETS,
  NODE_STRIDE,
} from '../store/node-table.ts';
import {
  NO_RELATION,
  ROW_NEXT_RESOURCE,
  ROW_NEXT_SUBJECT,
  ROW_RESOURCE,
  ROW_SUBJECT,
} from '../store/relationship-graph.ts';
import { type Answer, negate, NO, YES } from './answer.ts';
import type { CheckRun } from './check-run.ts';
import type { Evaluate, Member, Members } from './member.ts';

/** A set contains itself: `group:eng#member` is in the members of `group:eng`. */
export function identified({ relation }: Member, evaluate: Evaluate): Evaluate {
  return (run, object) =>
    run.subjectRelation === relation && run.subjectObject === object ? YES : evaluate(run, object);
}

export function compileRelation(schema: Members, member: Member, relation: Relation): Evaluate {
  const number = member.relation;
  const wildcards = relation.allowed.some(({ subject }) => subject.kind === 'wildcard');
  const usersets = relation.allowed.some(({ subject }) => subject.kind === 'userset');
  return (run, object) => {
    const node = run.graph.nodes.find(object, number);
    if (node === 0) return NO;
    let found = run.names(node);
    if (found === YES) return YES;
    if (wildcards && run.wildcardNode !== 0) {
      found = run.answers.either(found, run.related(node, run.wildcardNode));
      if (found === YES) return YES;
    }
    return usersets ? inUsersets(schema, run, node, found) : found;
  };
}

function inUsersets(schema: Members, run: CheckRun, node: number, foundBefore: Answer): Answer {
  let found = foundBefore;
  const graph = run.graph;
  const nodes = graph.nodes.cells;
  const rows = graph.rows.cells;
  let row = nodes[node * NODE_STRIDE + NODE_USERSETS] as number;
  for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_SUBJECT] as number) {
    const held = run.holds(row);
    const subject = rows[row * STRIDE + ROW_SUBJECT] as number;
    // That the subject itself is named was looked up before.
    if (held === NO || subject === run.subjectNode) continue;
    const object = nodes[subject * NODE_STRIDE + NODE_OBJECT] as number;
    const relation = nodes[subject * NODE_STRIDE + NODE_RELATION] as number;
    const userset = schema.memberAt(graph.objects.types[object] as number, relation);
    if (userset === undefined) continue;
    found = run.answers.either(found, run.answers.both(held, run.enter(userset, object)));
    if (found === YES) return YES;
  }
  return found;
}

export function compileExpression(schema: Members, member: Member, expression: SetExpression): Evaluate {
  switch (expression.kind) {
    case 'union':
      return union(cheapestFirst(schema, member, expression.operands));
    case 'intersection':
      return intersection(cheapestFirst(schema, member, expression.operands));
    case 'exclusion':
      return exclusion(
        compileExpression(schema, member, expression.base),
        compileExpression(schema, member, expression.excluded),
      );
    case 'computed': {
      const computed = schema.member(member.typeName, expression.name);
      if (computed === undefined) return () => NO;
      return (run, object) => computed.evaluate(run, object);
    }
    case 'arrow':
      return compileArrow(schema, member, expression);
    case 'nil':
      return () => NO;
    case 'self':
      return (run, object) => (run.subjectRelation === NO_RELATION && run.subjectObject === object ? YES : NO);
  }
}

/** What needs no other object is asked before what follows tuples: it often decides alone. */
function cheapestFirst(schema: Members, member: Member, operands: readonly SetExpression[]): readonly Evaluate[] {
  const costs = operands.map((operand) => ({
    cost: costOf(schema, member, operand),
    evaluate: compileExpression(schema, member, operand),
  }));
  return costs.sort((one, other) => one.cost - other.cost).map(({ evaluate }) => evaluate);
}

function costOf(schema: Members, member: Member, expression: SetExpression): number {
  switch (expression.kind) {
    case 'union':
    case 'intersection':
      return Math.max(...expression.operands.map((operand) => costOf(schema, member, operand)));
    case 'exclusion':
      return Math.max(costOf(schema, member, expression.base), costOf(schema, member, expression.excluded));
    case 'computed':
      return schema.member(member.typeName, expression.name)?.leads === true ? 2 : 1;
    case 'arrow':
      return 3;
    case 'nil':
    case 'self':
      return 0;
  }
}

function union(operands: readonly Evaluate[]): Evaluate {
  const [first, second] = operands;
  if (first !== undefined && second !== undefined && operands.length === 2) {
    return (run, object) => {
      const found = first(run, object);
      return found === YES ? YES : run.answers.either(found, second(run, object));
    };
  }
  return (run, object) => {
    let found = NO;
    for (let index = 0; index < operands.length; index += 1) {
      found = run.answers.either(found, (operands[index] as Evaluate)(run, object));
      if (found === YES) return YES;
    }
    return found;
  };
}

function intersection(operands: readonly Evaluate[]): Evaluate {
  return (run, object) => {
    let found = YES;
    for (let index = 0; index < operands.length; index += 1) {
      found = run.answers.both(found, (operands[index] as Evaluate)(run, object));
      if (found === NO) return NO;
    }
    return found;
  };
}

function exclusion(base: Evaluate, excluded: Evaluate): Evaluate {
  return (run, object) => {
    const found = base(run, object);
    if (found === NO) return NO;
    run.negations += 1;
    const out = excluded(run, object);
    run.negations -= 1;
    return run.answers.both(found, negate(out));
  };
}

type Arrow = Extract<SetExpression, { readonly kind: 'arrow' }>;

function compileArrow(schema: Members, member: Member, { relation, target, every }: Arrow): Evaluate {
  const tupleset = schema.member(member.typeName, relation);
  if (tupleset === undefined || tupleset.declared.kind === 'permission') return () => NO;
  const number = tupleset.relation;
  /** By the number of the type of the object that the relation names: the target, where the type has it. */
  const targets: (Member | undefined)[] = [];
  for (const { type } of tupleset.declared.relation.allowed) {
    const found = schema.member(type, target);
    if (found !== undefined) targets[found.type] = found;
  }
  const through = every ? throughEvery : throughAny;
  const plain = !every && targets.every((found) => found === undefined || namesObjectsAlone(found));
  // A relation of the object that the tuple names does not matter to an arrow: it goes on from the object.
  const usersets = tupleset.declared.relation.allowed.some(({ subject }) => subject.kind === 'userset');
  return (run, object) => {
    const node = run.graph.nodes.find(object, number);
    if (node === 0) return NO;
    const nodes = run.graph.nodes.cells;
    const objects = nodes[node * NODE_STRIDE + NODE_OBJECTS] as number;
    const others = usersets ? (nodes[node * NODE_STRIDE + NODE_USERSETS] as number) : 0;
    if (plain && others === 0 && run.subjectRelation === NO_RELATION) {
      const wide = nodes[node * NODE_STRIDE + NODE_OBJECT_COUNT] as number;
      if (wide > (nodes[run.subjectNode * NODE_STRIDE + NODE_RESOURCE_COUNT] as number)) {
        return fromSubject(run, node, targets);
      }
    }
    return through(run, targets, objects, others);
  };
}

function namesObjectsAlone({ declared }: Member): boolean {
  return declared.kind === 'relation' && declared.relation.allowed.every(({ subject }) => subject.kind === 'object');
}

/**
 * An arrow to a relation that names objects alone, where the subject is in fewer sets than there are objects: the sets
 * of the subject are gone through, and of each it is asked whether its object is one of those.
 */
function fromSubject(run: CheckRun, node: number, targets: readonly (Member | undefined)[]): Answer {
  let found = NO;
  const graph = run.graph;
  const nodes = graph.nodes.cells;
  const rows = graph.rows.cells;
  let row = nodes[run.subjectNode * NODE_STRIDE + NODE_RESOURCES] as number;
  for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_RESOURCE] as number) {
    const set = (rows[row * STRIDE + ROW_RESOURCE] as number) * NODE_STRIDE;
    const object = nodes[set + NODE_OBJECT] as number;
    const member = targets[graph.objects.types[object] as number];
    if (member === undefined || nodes[set + NODE_RELATION] !== member.relation) continue;
    const named = run.related(node, graph.nodes.find(object, NO_RELATION));
    if (named === NO) continue;
    found = run.answers.either(found, run.answers.both(named, run.holds(row)));
    if (found === YES) return YES;
  }
  return found;
}

type Through = (run: CheckRun, targets: readonly (Member | undefined)[], first: number, second: number) => Answer;

const throughAny: Through = (run, targets, first, second) => {
  let found = NO;
  const graph = run.graph;
  const rows = graph.rows.cells;
  const nodes = graph.nodes.cells;
  let others = second;
  for (let row = first; ; row = rows[row * STRIDE + ROW_NEXT_SUBJECT] as number) {
    if (row === 0) {
      if (others === 0) return found;
      row = others;
      others = 0;
    }
    const held = run.holds(row);
    if (held === NO) continue;
    const object = nodes[(rows[row * STRIDE + ROW_SUBJECT] as number) * NODE_STRIDE + NODE_OBJECT] as number;
    const member = targets[graph.objects.types[object] as number];
    if (member === undefined) continue;
    found = run.answers.either(found, run.answers.both(held, run.enter(member, object)));
    if (found === YES) return YES;
  }
};

/** Of no object at all nobody has anything of all. What has expired is no object of the relation. */
const throughEvery: Through = (run, targets, first, second) => {
  let found = YES;
  let some = false;
  const graph = run.graph;
  const rows = graph.rows.cells;
  const nodes = graph.nodes.cells;
  let others = second;
  for (let row = first; ; row = rows[row * STRIDE + ROW_NEXT_SUBJECT] as number) {
    if (row === 0) {
      if (others === 0) return some ? found : NO;
      row = others;
      others = 0;
    }
    if (!run.present(row)) continue;
    some = true;
    const object = nodes[(rows[row * STRIDE + ROW_SUBJECT] as number) * NODE_STRIDE + NODE_OBJECT] as number;
    const member = targets[graph.objects.types[object] as number];
    if (member === undefined) return NO;
    found = run.answers.both(found, run.answers.both(run.holds(row), run.enter(member, object)));
    if (found === NO) return NO;
  }
};
