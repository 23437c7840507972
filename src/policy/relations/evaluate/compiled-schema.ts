/** The members of all types of a schema, compiled to functions, by name and by the store's numbers. */
import type { RelationSchema, SetExpression } from '../schema/schema.ts';
import type { RelationshipStore } from '../store/relationship-store.ts';
import { NO } from './answer.ts';
import { compileExpression, compileRelation, identified } from './compile-set.ts';
import type { Member, Members } from './member.ts';

export class CompiledSchema implements Members {
  readonly schema: RelationSchema;
  /** By number. */
  readonly members: readonly Member[];
  /** Whether a permission contains the object itself. */
  readonly selves: boolean;
  readonly #byName: ReadonlyMap<string, ReadonlyMap<string, Member>>;
  /** By the number of the type, then by that of the relation. */
  readonly #byNumbers: readonly (readonly (Member | undefined)[])[];

  constructor(schema: RelationSchema, store: RelationshipStore) {
    this.schema = schema;
    const numbers = store.numbers();
    const members: Member[] = [];
    const byName = new Map<string, Map<string, Member>>();
    const byNumbers: (Member | undefined)[][] = [];
    for (const definition of schema.definitions.values()) {
      const type = numbers.objects.internType(definition.name);
      const ofType = new Map<string, Member>();
      byName.set(definition.name, ofType);
      byNumbers[type] = [];
      const declare = (name: string, declared: Member['declared']): void => {
        const relation = numbers.internRelation(name);
        const member: Member = {
          number: members.length,
          typeName: definition.name,
          name,
          type,
          relation,
          declared,
          leads: true,
          evaluate: () => NO,
        };
        members.push(member);
        ofType.set(name, member);
        (byNumbers[type] as Member[])[relation] = member;
      };
      for (const relation of definition.relations.values()) declare(relation.name, { kind: 'relation', relation });
      for (const permission of definition.permissions.values()) {
        declare(permission.name, { kind: 'permission', permission });
      }
    }
    this.members = members;
    this.selves = members.some(
      ({ declared }) => declared.kind === 'permission' && hasSelf(declared.permission.expression),
    );
    this.#byName = byName;
    this.#byNumbers = byNumbers;
    for (const member of members) member.leads = this.#leads(member, new Set());
    for (const member of members) member.evaluate = this.#compile(member);
  }

  member(type: string, name: string): Member | undefined {
    return this.#byName.get(type)?.get(name);
  }

  memberAt(type: number, relation: number): Member | undefined {
    return this.#byNumbers[type]?.[relation];
  }

  membersOf(type: string): ReadonlyMap<string, Member> {
    return this.#byName.get(type) ?? new Map();
  }

  #compile(member: Member): Member['evaluate'] {
    const { declared } = member;
    switch (declared.kind) {
      case 'relation':
        return identified(member, compileRelation(this, member, declared.relation));
      case 'permission':
        return identified(member, compileExpression(this, member, declared.permission.expression));
    }
  }

  #leads(member: Member, seen: Set<Member>): boolean {
    if (seen.has(member)) return false;
    seen.add(member);
    const { declared } = member;
    if (declared.kind === 'relation')
      return declared.relation.allowed.some(({ subject }) => subject.kind === 'userset');
    const leads = (expression: SetExpression): boolean => {
      switch (expression.kind) {
        case 'union':
        case 'intersection':
          return expression.operands.some(leads);
        case 'exclusion':
          return leads(expression.base) || leads(expression.excluded);
        case 'computed': {
          const computed = this.member(member.typeName, expression.name);
          return computed !== undefined && this.#leads(computed, seen);
        }
        case 'arrow':
          return true;
        case 'nil':
        case 'self':
          return false;
      }
    };
    return leads(declared.permission.expression);
  }
}

function hasSelf(expression: SetExpression): boolean {
  switch (expression.kind) {
    case 'union':
    case 'intersection':
      return expression.operands.some(hasSelf);
    case 'exclusion':
      return hasSelf(expression.base) || hasSelf(expression.excluded);
    case 'self':
      return true;
    case 'computed':
    case 'arrow':
    case 'nil':
      return false;
  }
}
