/** How a permission of an object comes about: its sets as a tree, down to the subjects that relationships name. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { SetExpression } from '../schema/schema.ts';
import type { ObjectReference, Relationship, RelationshipCaveat, SubjectReference } from '../store/relationship.ts';
import type { RelationshipStore } from '../store/relationship-store.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import { MAX_EXPANDED_SUBJECTS } from './limits.ts';
import type { Member } from './member.ts';
import type { Moment } from './moment.ts';

/** Named subjects that are sets themselves stay as they are named: each can be expanded on its own. */
export type SubjectTree = {
  readonly object: ObjectReference;
  readonly relation: string;
  /** The caveat of the relationship by which an arrow came here. */
  readonly caveat?: RelationshipCaveat;
} & (
  | { readonly kind: 'leaf'; readonly subjects: readonly NamedSubject[] }
  | { readonly kind: 'union' | 'intersection'; readonly children: readonly SubjectTree[] }
  | { readonly kind: 'exclusion'; readonly base: SubjectTree; readonly excluded: SubjectTree }
);

export type NamedSubject = { readonly subject: SubjectReference; readonly caveat?: RelationshipCaveat };

type Expansion = {
  readonly schema: CompiledSchema;
  readonly store: RelationshipStore;
  readonly moment: Moment;
  readonly maxDepth: number;
  subjects: number;
  /** What ended it before its end. */
  problem?: Problem;
};

/** Problems: `relations/too-deep`, `/too-large`. */
export function expandMember(
  source: Omit<Expansion, 'subjects' | 'problem'>,
  member: Member,
  object: ObjectReference,
): Result<SubjectTree> {
  const expansion: Expansion = { ...source, subjects: 0 };
  const tree = expand(expansion, member, object, 0);
  return expansion.problem === undefined ? ok(tree) : err(expansion.problem);
}

function expand(expansion: Expansion, member: Member, object: ObjectReference, depth: number): SubjectTree {
  const at = { object, relation: member.name };
  const nobody: SubjectTree = { ...at, kind: 'leaf', subjects: [] };
  if (expansion.problem !== undefined) return nobody;
  if (depth > expansion.maxDepth) {
    const message = `the relationships of \`${object.type}:${object.id}\` are nested more deeply than is followed`;
    const hint = 'relationships may lead back to where they came from';
    expansion.problem = { code: 'relations/too-deep', message, hint };
    return nobody;
  }
  const tuples = (relation: string): readonly Relationship[] => tuplesOf(expansion, object, relation);
  const walk = (expression: SetExpression): SubjectTree => {
    switch (expression.kind) {
      case 'union':
      case 'intersection':
        return { ...at, kind: expression.kind, children: expression.operands.map(walk) };
      case 'exclusion':
        return { ...at, kind: 'exclusion', base: walk(expression.base), excluded: walk(expression.excluded) };
      case 'computed': {
        const part = expansion.schema.member(member.typeName, expression.name);
        return part === undefined ? nobody : expand(expansion, part, object, depth + 1);
      }
      case 'arrow': {
        const children = tuples(expression.relation).map(({ subject, caveat }): SubjectTree => {
          const through = { type: subject.type, id: subject.id };
          const part = expansion.schema.member(subject.type, expression.target);
          const tree: SubjectTree =
            part === undefined
              ? { object: through, relation: expression.target, kind: 'leaf', subjects: [] }
              : expand(expansion, part, through, depth + 1);
          return caveat === undefined ? tree : { ...tree, caveat };
        });
        if (children.length === 0) return nobody;
        return { ...at, kind: expression.every ? 'intersection' : 'union', children };
      }
      case 'nil':
        return nobody;
      case 'self':
        return { ...at, kind: 'leaf', subjects: [{ subject: object }] };
    }
  };
  if (member.declared.kind === 'permission') {
    const tree = walk(member.declared.permission.expression);
    // A permission that is another one is a set of its own all the same: somebody may be told to have it.
    return tree.relation === member.name ? tree : { ...at, kind: 'union', children: [tree] };
  }
  const subjects = tuples(member.name).map(({ subject, caveat }) => ({ subject, ...(caveat && { caveat }) }));
  return { ...at, kind: 'leaf', subjects };
}

function tuplesOf(expansion: Expansion, resource: ObjectReference, relation: string): readonly Relationship[] {
  const { store, moment } = expansion;
  const filter = { resourceType: resource.type, resourceId: resource.id, relation };
  const tuples: Relationship[] = [];
  for (const tuple of store.read(moment.snapshot, filter, moment)) {
    tuples.push(tuple);
    expansion.subjects += 1;
    if (expansion.subjects <= MAX_EXPANDED_SUBJECTS) continue;
    const message = `the expansion names more than ${MAX_EXPANDED_SUBJECTS} subjects`;
    expansion.problem = { code: 'relations/too-large', message, hint: 'look the subjects up in pages' };
    break;
  }
  return tuples;
}
