/** From a resource down through the tuples: every subject of a type that its permission may come by. */
import type { SetExpression } from '../schema/schema.ts';
import { STRIDE } from '../store/pair-table.ts';
import { NODE_OBJECT, NODE_OBJECTS, NODE_RELATION, NODE_USERSETS, NODE_STRIDE } from '../store/node-table.ts';
import { NO_RELATION, ROW_NEXT_SUBJECT, ROW_SUBJECT } from '../store/relationship-graph.ts';
import { WILDCARD } from '../store/relationship.ts';
import { NO, YES } from './answer.ts';
import type { CheckRun } from './check-run.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import type { Member } from './member.ts';

export type SubjectCandidates = {
  /** Objects by their number, each once; the wildcard is not among them. */
  readonly objects: ReadonlySet<number>;
  /** Whether each is sure to be in the permission, so that none needs to be checked. */
  readonly sure: boolean;
};

/** Subjects of what is taken away are candidates as well: where all are in, it is they who may be out. */
export function subjectCandidates(
  schema: CompiledSchema,
  run: CheckRun,
  target: { readonly member: Member; readonly object: number },
  wanted: { readonly type: number; readonly relation: number },
): SubjectCandidates {
  const { graph } = run;
  const found = new Set<number>();
  let sure = true;
  const seen: Set<number>[] = schema.members.map(() => new Set());
  const members: Member[] = [];
  const objects: number[] = [];

  const arrive = (member: Member | undefined, object: number): void => {
    if (member === undefined) return;
    const ofMember = seen[member.number] as Set<number>;
    if (ofMember.has(object)) return;
    ofMember.add(object);
    if (member.relation === wanted.relation && member.type === wanted.type) found.add(object);
    members.push(member);
    objects.push(object);
  };
  const eachSubject = (node: number, visit: (object: number, relation: number) => void): void => {
    const nodes = graph.nodes.cells;
    const rows = graph.rows.cells;
    for (const head of [NODE_OBJECTS, NODE_USERSETS]) {
      let row = nodes[node * NODE_STRIDE + head] as number;
      for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_SUBJECT] as number) {
        const held = run.holds(row);
        if (held === NO) continue;
        if (held !== YES) sure = false;
        const subject = (rows[row * STRIDE + ROW_SUBJECT] as number) * NODE_STRIDE;
        visit(nodes[subject + NODE_OBJECT] as number, nodes[subject + NODE_RELATION] as number);
      }
    }
  };
  const walk = (member: Member, object: number, expression: SetExpression): void => {
    switch (expression.kind) {
      case 'union':
        for (const operand of expression.operands) walk(member, object, operand);
        return;
      case 'intersection':
        sure = false;
        for (const operand of expression.operands) walk(member, object, operand);
        return;
      case 'exclusion':
        sure = false;
        walk(member, object, expression.base);
        walk(member, object, expression.excluded);
        return;
      case 'computed':
        arrive(schema.member(member.typeName, expression.name), object);
        return;
      case 'arrow': {
        if (expression.every) sure = false;
        const tupleset = schema.member(member.typeName, expression.relation);
        if (tupleset === undefined) return;
        eachSubject(graph.nodes.find(object, tupleset.relation), (through) => {
          arrive(schema.member(graph.objects.typeOf(through), expression.target), through);
        });
        return;
      }
      case 'nil':
        return;
      case 'self':
        if (member.type === wanted.type && wanted.relation === NO_RELATION) found.add(object);
    }
  };

  arrive(target.member, target.object);
  while (members.length > 0) {
    const member = members.pop() as Member;
    const object = objects.pop() as number;
    if (member.declared.kind === 'permission') {
      walk(member, object, member.declared.permission.expression);
      continue;
    }
    eachSubject(graph.nodes.find(object, member.relation), (subject, relation) => {
      const type = graph.objects.types[subject] as number;
      if (type === wanted.type && relation === wanted.relation) found.add(subject);
      if (relation !== NO_RELATION) arrive(schema.memberAt(type, relation), subject);
    });
  }
  found.delete(graph.objects.findOfType(wanted.type, WILDCARD));
  return { objects: found, sure };
}
