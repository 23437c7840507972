/**
 * The types of the parts of a policy in one request environment, as Cedar's strict validator infers them, for policies
 * that it has accepted. What cannot be reached in the environment gets none.
 */
import type { EntityUid } from '../entity-uid.ts';
import { isActionType } from '../entity-uid.ts';
import type { Expression } from '../syntax.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { SIGNATURES } from './extension-signatures.ts';
import {
  attributeKey,
  attributeOf,
  BOOLEAN,
  type Capabilities,
  FALSE,
  type InferredType,
  leastUpperBound,
  NO_CAPABILITIES,
  tagKey,
  together,
  TRUE,
} from './inferred-type.ts';
import type { Hierarchy, RequestEnvironment } from './request-environment.ts';

/** The type, and what is known to be there once it is true. */
type Answer = { readonly type: InferredType; readonly capabilities: Capabilities };

export type TypedExpressions = ReadonlyMap<Expression, InferredType>;

type Kind<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

export class TypeInference {
  readonly #types = new Map<Expression, InferredType>();
  readonly #schema: CedarSchema;
  readonly #hierarchy: Hierarchy;
  readonly #environment: RequestEnvironment;

  constructor(schema: CedarSchema, hierarchy: Hierarchy, environment: RequestEnvironment) {
    this.#schema = schema;
    this.#hierarchy = hierarchy;
    this.#environment = environment;
  }

  get types(): TypedExpressions {
    return this.#types;
  }

  infer(expression: Expression, known: Capabilities = NO_CAPABILITIES): Answer {
    const answer = this.#answer(expression, known);
    this.#types.set(expression, answer.type);
    return answer;
  }

  #answer(expression: Expression, known: Capabilities): Answer {
    switch (expression.kind) {
      case 'literal':
        return plain(typeOfLiteral(expression.value));
      case 'entity':
        return plain({ kind: 'Entity', name: expression.uid.type });
      case 'variable':
        return plain(this.#variable(expression.name));
      case 'and':
        return this.#and(expression.operands, known);
      case 'or':
        return this.#or(expression.operands, known);
      case 'not':
        return plain(opposite(this.infer(expression.operand, known).type));
      case 'negate':
        return this.#all([expression.operand], known, { kind: 'Long' });
      case 'isEmpty':
      case 'like':
        return this.#all([expression.operand], known, BOOLEAN);
      case 'binary':
        return this.#binary(expression, known);
      case 'if':
        return this.#if(expression, known);
      case 'attribute': {
        const { type } = this.infer(expression.operand, known);
        // Where the attribute is not declared, the validator has refused the policy.
        return plain(attributeOf(this.#schema, type, expression.name)?.type ?? BOOLEAN);
      }
      case 'has':
        return this.#has(expression, known);
      case 'is':
        return this.#is(expression, known);
      case 'set': {
        const elements = expression.elements.map((element) => this.infer(element, known).type);
        return plain({ kind: 'Set', element: elements.length === 0 ? undefined : elements.reduce(leastUpperBound) });
      }
      case 'record': {
        const attributes = expression.fields.map(({ name, value }) => {
          return [name, { type: this.infer(value, known).type, required: true }] as const;
        });
        return plain({ kind: 'Record', attributes: new Map(attributes) });
      }
      case 'call':
        return this.#all(expression.arguments, known, SIGNATURES[expression.name].result);
    }
  }

  #variable(name: Kind<'variable'>['name']): InferredType {
    const { principalType, action, resourceType } = this.#environment;
    switch (name) {
      case 'principal':
        return { kind: 'Entity', name: principalType };
      case 'action':
        return { kind: 'Entity', name: action.uid.type };
      case 'resource':
        return { kind: 'Entity', name: resourceType };
      case 'context':
        return action.context;
    }
  }

  #all(operands: readonly Expression[], known: Capabilities, type: InferredType): Answer {
    for (const operand of operands) this.infer(operand, known);
    return plain(type);
  }

  /** What follows an operand that is always false is never looked at. */
  #and(operands: readonly Expression[], known: Capabilities): Answer {
    let left: Answer = plain(TRUE);
    for (const [index, operand] of operands.entries()) {
      const right = this.infer(operand, together(known, left.capabilities));
      if (right.type.kind === 'False') return plain(FALSE);
      left = index === 0 ? right : conjunction(left, right);
    }
    return left;
  }

  /** What follows an operand that is always true is never looked at. */
  #or(operands: readonly Expression[], known: Capabilities): Answer {
    let left: Answer = plain(FALSE);
    for (const [index, operand] of operands.entries()) {
      const right = this.infer(operand, known);
      if (right.type.kind === 'True') return right;
      left = index === 0 ? right : disjunction(left, right);
    }
    return left;
  }

  #if({ condition, consequent, alternate }: Kind<'if'>, known: Capabilities): Answer {
    const test = this.infer(condition, known);
    if (test.type.kind === 'False') return this.infer(alternate, known);
    const yes = this.infer(consequent, together(known, test.capabilities));
    const capabilities = together(yes.capabilities, test.capabilities);
    if (test.type.kind === 'True') return { type: yes.type, capabilities };
    const no = this.infer(alternate, known);
    return {
      type: leastUpperBound(yes.type, no.type),
      capabilities: no.capabilities.intersection(capabilities),
    };
  }

  #binary({ operator, left, right }: Kind<'binary'>, known: Capabilities): Answer {
    const types = [this.infer(left, known).type, this.infer(right, known).type] as const;
    switch (operator) {
      case '==':
        return plain(this.#equality(left, right, ...types));
      case '!=':
        return plain(opposite(this.#equality(left, right, ...types)));
      case 'in':
        return plain(this.#in(left, right, ...types));
      case '+':
      case '-':
      case '*':
        return plain({ kind: 'Long' });
      case 'hasTag': {
        const key = tagKey(left, right);
        const ifAny = known.has(key) ? TRUE : BOOLEAN;
        return { type: this.#tagsOf(types[0]) === undefined ? FALSE : ifAny, capabilities: new Set([key]) };
      }
      case 'getTag':
        return plain(this.#tagsOf(types[0]) ?? BOOLEAN);
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'contains':
      case 'containsAll':
      case 'containsAny':
        return plain(BOOLEAN);
    }
  }

  #tagsOf(type: InferredType): InferredType | undefined {
    return type.kind === 'Entity' ? this.#schema.entityTypes.get(type.name)?.tags : undefined;
  }

  /** Known for entities of different types, and for two literals; the action of the environment is one. */
  #equality(left: Expression, right: Expression, leftType: InferredType, rightType: InferredType): InferredType {
    if (leftType.kind === 'Entity' && rightType.kind === 'Entity' && leftType.name !== rightType.name) return FALSE;
    const [a, b] = [this.#uidOf(left), this.#uidOf(right)];
    if (a !== undefined && b !== undefined) return outcome(a.type === b.type && a.id === b.id);
    if (left.kind === 'literal' && right.kind === 'literal') return outcome(left.value === right.value);
    const [literal, other] = left.kind === 'literal' ? [left, b] : [right, a];
    return literal.kind === 'literal' && other !== undefined ? FALSE : BOOLEAN;
  }

  #in(left: Expression, right: Expression, leftType: InferredType, rightType: InferredType): InferredType {
    const uid = this.#uidOf(left);
    const uids = this.#uidsOf(right);
    if (uid !== undefined && uids !== undefined && isActionType(uid.type)) {
      return outcome(this.#hierarchy.isActionIn(uid, uids));
    }
    const target = rightType.kind === 'Set' ? rightType.element : rightType;
    if (leftType.kind !== 'Entity' || target?.kind !== 'Entity') return BOOLEAN;
    return this.#hierarchy.canBeIn(leftType.name, target.name) ? BOOLEAN : FALSE;
  }

  #uidOf(expression: Expression): EntityUid | undefined {
    if (expression.kind === 'entity') return expression.uid;
    return expression.kind === 'variable' && expression.name === 'action' ? this.#environment.action.uid : undefined;
  }

  #uidsOf(expression: Expression): readonly EntityUid[] | undefined {
    const elements = expression.kind === 'set' ? expression.elements : [expression];
    const uids = elements.map((element) => this.#uidOf(element)).filter((uid) => uid !== undefined);
    return uids.length === elements.length ? uids : undefined;
  }

  #is({ operand, entityType, in: group }: Kind<'is'>, known: Capabilities): Answer {
    const { type } = this.infer(operand, known);
    const is = type.kind === 'Entity' ? outcome(type.name === entityType) : BOOLEAN;
    if (group === undefined || is.kind === 'False') return plain(is);
    const { type: groupType } = this.infer(group, known);
    return conjunction(plain(is), plain(this.#in(operand, group, type, groupType)));
  }

  /** Each step is known, impossible, or makes known that the attribute is there; the steps are joined as by `&&`. */
  #has({ operand, path }: Kind<'has'>, known: Capabilities): Answer {
    const { type } = this.infer(operand, known);
    if (path.length === 1) return this.#hasOne(operand, path[0] ?? '', type, known);
    const steps: Answer[] = [];
    let owner: InferredType | undefined = type;
    let capabilities = known;
    for (const [index, name] of path.entries()) {
      const attribute = attributeOf(this.#schema, owner, name);
      if (attribute === undefined) return plain(FALSE);
      const key = attributeKey(operand, path.slice(0, index + 1));
      const isKnown = capabilities.has(key) || (attribute.required && owner.kind === 'Record');
      const step: Answer = isKnown ? plain(TRUE) : { type: BOOLEAN, capabilities: new Set([key]) };
      steps.push(step);
      capabilities = together(capabilities, step.capabilities);
      owner = attribute.type;
    }
    return steps.reduceRight((right, left) => {
      const joined = together(left.capabilities, right.capabilities);
      return { type: right.type.kind === 'True' ? left.type : right.type, capabilities: joined };
    });
  }

  /** A required attribute of an entity may be missing all the same: the entity may not exist. */
  #hasOne(operand: Expression, name: string, type: InferredType, known: Capabilities): Answer {
    const attribute = attributeOf(this.#schema, type, name);
    if (attribute === undefined) return plain(FALSE);
    const key = attributeKey(operand, [name]);
    const isKnown = known.has(key) || (attribute.required && type.kind === 'Record');
    return { type: isKnown ? TRUE : BOOLEAN, capabilities: new Set([key]) };
  }
}

function plain(type: InferredType): Answer {
  return { type, capabilities: NO_CAPABILITIES };
}

function outcome(value: boolean): InferredType {
  return value ? TRUE : FALSE;
}

function opposite(type: InferredType): InferredType {
  if (type.kind === 'True') return FALSE;
  return type.kind === 'False' ? TRUE : BOOLEAN;
}

function typeOfLiteral(value: boolean | number | bigint | string): InferredType {
  if (typeof value === 'boolean') return outcome(value);
  return typeof value === 'string' ? { kind: 'String' } : { kind: 'Long' };
}

/** Of two that are not always false, the left one evaluated first. */
function conjunction(left: Answer, right: Answer): Answer {
  if (right.type.kind === 'False') return plain(FALSE);
  const capabilities = together(left.capabilities, right.capabilities);
  if (right.type.kind === 'True') return { type: left.type, capabilities };
  // What Cedar forgets here is the left one's capabilities, and so do we: they say nothing more when it is always true.
  if (left.type.kind === 'True') return right;
  return { type: BOOLEAN, capabilities };
}

/** Of two that are not always true. */
function disjunction(left: Answer, right: Answer): Answer {
  if (right.type.kind === 'False') return left;
  if (left.type.kind === 'False') return right;
  return { type: BOOLEAN, capabilities: right.capabilities.intersection(left.capabilities) };
}
