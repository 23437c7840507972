/** Which members a member is a part of: the way from a subject up to what it may have. */
import type { SetExpression } from '../schema/schema.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import type { Member } from './member.ts';

/** An arrow: of the objects that name this one in a relation, the member contains what this one's member does. */
export type ArrowStep = { readonly tupleset: Member; readonly member: Member };

/** The steps up from each member. */
export type Steps = {
  /** By the number of a member: permissions of the same object that contain it. */
  readonly computed: readonly (readonly Member[])[];
  readonly arrows: readonly (readonly ArrowStep[])[];
  /** Permissions that contain the object itself. */
  readonly selves: readonly Member[];
  /** Members whose sets may lack somebody who gets to them by these steps. */
  readonly inexact: ReadonlySet<Member>;
};

export type Reach = Steps & {
  /** Members that contribute to the target, the target among them, by their number. */
  readonly reaches: readonly boolean[];
  /**
   * Whether every subject that gets to the target this way is in it: true of unions and arrows alone. An intersection
   * and a complement only narrow down who may be.
   */
  readonly exact: boolean;
};

/** Of an intersection one operand is gone through, which is enough to come by whoever is in all. */
export function stepsOf(schema: CompiledSchema): Steps {
  const computed: Member[][] = schema.members.map(() => []);
  const arrows: ArrowStep[][] = schema.members.map(() => []);
  const selves: Member[] = [];
  const inexact = new Set<Member>();
  for (const member of schema.members) {
    if (member.declared.kind === 'relation') continue;
    const walk = (expression: SetExpression): void => {
      switch (expression.kind) {
        case 'union':
          expression.operands.forEach(walk);
          return;
        case 'intersection':
          if (expression.operands.length > 1) inexact.add(member);
          walk(narrowest(expression.operands));
          return;
        case 'exclusion':
          inexact.add(member);
          walk(expression.base);
          return;
        case 'computed': {
          const part = schema.member(member.typeName, expression.name);
          if (part !== undefined) (computed[part.number] as Member[]).push(member);
          return;
        }
        case 'arrow': {
          if (expression.every) inexact.add(member);
          const tupleset = schema.member(member.typeName, expression.relation);
          if (tupleset?.declared.kind !== 'relation') return;
          const types = new Set(tupleset.declared.relation.allowed.map(({ type }) => type));
          for (const type of types) {
            const part = schema.member(type, expression.target);
            if (part !== undefined) (arrows[part.number] as ArrowStep[]).push({ tupleset, member });
          }
          return;
        }
        case 'nil':
          return;
        case 'self':
          selves.push(member);
      }
    };
    walk(member.declared.permission.expression);
  }
  return { computed, arrows, selves, inexact };
}

export function reachOf(schema: CompiledSchema, target: Member): Reach {
  const steps = stepsOf(schema);
  const reaches = contributors(schema, target, steps);
  const exact = ![...steps.inexact].some(({ number }) => reaches[number] === true);
  return { ...steps, reaches, exact };
}

/** The operand that is come by without other objects, else the first. */
function narrowest(operands: readonly SetExpression[]): SetExpression {
  return (
    operands.find(({ kind }) => kind === 'nil' || kind === 'self' || kind === 'computed') ??
    (operands[0] as SetExpression)
  );
}

function contributors(schema: CompiledSchema, target: Member, { computed, arrows }: Steps): readonly boolean[] {
  const reaches = schema.members.map((member) => member === target);
  for (let changed = true; changed;) {
    changed = false;
    for (const member of schema.members) {
      if (reaches[member.number] === true) continue;
      const up = [
        ...(computed[member.number] as Member[]),
        ...(arrows[member.number] as ArrowStep[]).map((step) => step.member),
        ...schema.members.filter((other) => names(other, member)),
      ];
      if (!up.some(({ number }) => reaches[number] === true)) continue;
      reaches[member.number] = true;
      changed = true;
    }
  }
  return reaches;
}

/** Whether a relation may name the member's sets as subjects. */
function names({ declared }: Member, { typeName, name }: Member): boolean {
  if (declared.kind === 'permission') return false;
  return declared.relation.allowed.some(
    ({ type, subject }) => subject.kind === 'userset' && type === typeName && subject.relation === name,
  );
}

/** Relations of a type by which a relation names its objects: an arrow goes through these as well. */
export function usersetRelations(schema: CompiledSchema, { declared }: Member, typeName: string): readonly number[] {
  if (declared.kind === 'permission') return [];
  return declared.relation.allowed.flatMap(({ type, subject }) => {
    if (subject.kind !== 'userset' || type !== typeName) return [];
    return schema.member(type, subject.relation)?.relation ?? [];
  });
}
