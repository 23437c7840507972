/** From a subject up through the tuples: every object that may have it in a permission. */
import { STRIDE } from '../store/pair-table.ts';
import { NODE_OBJECT, NODE_RELATION, NODE_RESOURCES, NODE_STRIDE } from '../store/node-table.ts';
import { NO_RELATION, ROW_NEXT_RESOURCE, ROW_RESOURCE } from '../store/relationship-graph.ts';
import { NO, YES } from './answer.ts';
import type { CheckRun } from './check-run.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import type { Member } from './member.ts';
import { type Reach, usersetRelations } from './reach.ts';

export type Candidates = {
  /** Objects by their number, each once. */
  readonly objects: readonly number[];
  /** Whether each is sure to have the subject, so that none needs to be checked. */
  readonly sure: boolean;
};

/** Follows each set once, so that cycles end and the work is bounded by the tuples that there are. */
export function resourceCandidates(schema: CompiledSchema, run: CheckRun, target: Member, reach: Reach): Candidates {
  const { graph } = run;
  const found: number[] = [];
  let sure = reach.exact;
  const seen: Set<number>[] = schema.members.map(() => new Set());
  const members: Member[] = [];
  const objects: number[] = [];

  const arrive = (member: Member | undefined, object: number): void => {
    if (member === undefined || reach.reaches[member.number] !== true) return;
    const ofMember = seen[member.number] as Set<number>;
    if (ofMember.has(object)) return;
    ofMember.add(object);
    if (member === target) found.push(object);
    members.push(member);
    objects.push(object);
  };
  /** Whether the row is there for sure enough to go on from. */
  const holds = (row: number): boolean => {
    const held = run.holds(row);
    if (held !== YES && held !== NO) sure = false;
    return held !== NO;
  };
  const follow = (node: number): void => {
    if (node === 0) return;
    const nodes = graph.nodes.cells;
    const rows = graph.rows.cells;
    let row = nodes[node * NODE_STRIDE + NODE_RESOURCES] as number;
    for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_RESOURCE] as number) {
      const resource = (rows[row * STRIDE + ROW_RESOURCE] as number) * NODE_STRIDE;
      const object = nodes[resource + NODE_OBJECT] as number;
      const type = graph.objects.types[object] as number;
      const relation = schema.memberAt(type, nodes[resource + NODE_RELATION] as number);
      if (relation !== undefined && reach.reaches[relation.number] === true && holds(row)) arrive(relation, object);
    }
  };
  const followArrow = (node: number, tupleset: Member, member: Member): void => {
    if (node === 0) return;
    const nodes = graph.nodes.cells;
    const rows = graph.rows.cells;
    let row = nodes[node * NODE_STRIDE + NODE_RESOURCES] as number;
    for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_RESOURCE] as number) {
      const resource = (rows[row * STRIDE + ROW_RESOURCE] as number) * NODE_STRIDE;
      if (nodes[resource + NODE_RELATION] !== tupleset.relation) continue;
      const object = nodes[resource + NODE_OBJECT] as number;
      if (graph.objects.types[object] === tupleset.type && holds(row)) arrive(member, object);
    }
  };

  follow(run.subjectNode);
  follow(run.wildcardNode);
  if (run.subjectRelation === NO_RELATION) {
    for (const member of reach.selves) if (member.type === run.subjectType) arrive(member, run.subjectObject);
  } else {
    arrive(schema.memberAt(run.subjectType, run.subjectRelation), run.subjectObject);
  }
  while (members.length > 0) {
    const member = members.pop() as Member;
    const object = objects.pop() as number;
    for (const permission of reach.computed[member.number] ?? []) arrive(permission, object);
    for (const { tupleset, member: permission } of reach.arrows[member.number] ?? []) {
      if (reach.reaches[permission.number] !== true) continue;
      followArrow(graph.nodes.find(object, NO_RELATION), tupleset, permission);
      for (const relation of usersetRelations(schema, tupleset, member.typeName)) {
        followArrow(graph.nodes.find(object, relation), tupleset, permission);
      }
    }
    follow(graph.nodes.find(object, member.relation));
  }
  return { objects: found, sure };
}
