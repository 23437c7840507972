/** How deep the parts of one typed condition go into the entities, as Cedar's level validation counts it. */
import type { EntityUid } from '../entity-uid.ts';
import type { Expression, Span } from '../syntax.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { attributeOf, type InferredType } from './inferred-type.ts';
import type { TypedExpressions } from './type-inference.ts';

/** Told of each place that goes too deep, with the level that it needs, or that reads a literal entity's data. */
export type LevelReport = {
  readonly exceeded: (span: Span, level: number) => void;
  readonly literal: (span: Span) => void;
};

type Kind<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

export class LevelCheck {
  readonly #schema: CedarSchema;
  readonly #types: TypedExpressions;
  readonly #action: EntityUid;
  readonly #level: number;
  readonly #report: LevelReport;

  constructor(schema: CedarSchema, types: TypedExpressions, action: EntityUid, level: number, report: LevelReport) {
    this.#schema = schema;
    this.#types = types;
    this.#action = action;
    this.#level = level;
    this.#report = report;
  }

  check(expression: Expression): void {
    // What has no type is never evaluated in this environment.
    if (!this.#types.has(expression)) return;
    switch (expression.kind) {
      case 'literal':
      case 'entity':
      case 'variable':
        return;
      case 'and':
      case 'or':
        return this.#checkAll(expression.operands);
      case 'not':
      case 'negate':
      case 'isEmpty':
      case 'like':
        return this.check(expression.operand);
      case 'binary':
        return this.#checkBinary(expression);
      case 'if':
        return this.#checkAll([expression.condition, expression.consequent, expression.alternate]);
      case 'attribute':
        return this.#checkRead(expression, expression.operand);
      case 'has':
        return expression.path.length === 1
          ? this.#checkRead(expression, expression.operand)
          : this.#checkHas(expression);
      case 'is':
        this.check(expression.operand);
        if (expression.in !== undefined && this.#types.has(expression.in)) {
          this.#dereference(expression.span, expression.operand);
          this.check(expression.in);
        }
        return;
      case 'set':
        return this.#checkAll(expression.elements);
      case 'record':
        return this.#checkAll(expression.fields.map(({ value }) => value));
      case 'call':
        return this.#checkAll(expression.arguments);
    }
  }

  #checkAll(expressions: readonly Expression[]): void {
    for (const expression of expressions) this.check(expression);
  }

  #checkBinary({ operator, left, right, span }: Kind<'binary'>): void {
    if (operator === 'in' || operator === 'hasTag' || operator === 'getTag') this.#dereference(span, left);
    else this.check(left);
    this.check(right);
  }

  #checkRead({ span }: Expression, operand: Expression): void {
    if (this.#types.get(operand)?.kind === 'Entity') this.#dereference(span, operand);
    else this.check(operand);
  }

  #dereference(span: Span, target: Expression): void {
    const level = this.#levelOf(target, []) + 1;
    if (level > this.#level) this.#report.exceeded(span, level);
  }

  /**
   * How many entities lie before the one that the expression gives, or that lies in the record it gives, at the end of
   * the path (innermost name first).
   */
  #levelOf(expression: Expression, path: readonly string[]): number {
    switch (expression.kind) {
      case 'variable':
        return 0;
      case 'entity':
        // The action of the request is at hand, whatever it is called.
        if (expression.uid.type !== this.#action.type || expression.uid.id !== this.#action.id) {
          this.#report.literal(expression.span);
        }
        return 0;
      case 'if': {
        this.check(expression.condition);
        const branches = [expression.consequent, expression.alternate].filter((branch) => this.#types.has(branch));
        return Math.max(...branches.map((branch) => this.#levelOf(branch, path)));
      }
      case 'attribute': {
        const isEntity = this.#types.get(expression.operand)?.kind === 'Entity';
        if (isEntity) return this.#levelOf(expression.operand, path) + 1;
        return this.#levelOf(expression.operand, [...path, expression.name]);
      }
      case 'record': {
        const name = path.at(-1);
        for (const field of expression.fields) if (field.name !== name) this.check(field.value);
        const field = expression.fields.find((candidate) => candidate.name === name);
        return field === undefined ? 0 : this.#levelOf(field.value, path.slice(0, -1));
      }
      case 'binary':
        if (expression.operator !== 'getTag') return 0;
        this.check(expression.right);
        return this.#levelOf(expression.left, path) + 1;
      // None of these gives an entity, or a record with one in it.
      case 'literal':
      case 'and':
      case 'or':
      case 'not':
      case 'negate':
      case 'isEmpty':
      case 'has':
      case 'like':
      case 'is':
      case 'set':
      case 'call':
        return 0;
    }
  }

  /** `has a.b.c`: what stands last is looked for, and not read. */
  #checkHas({ span, operand, path }: Kind<'has'>): void {
    const type = this.#types.get(operand);
    if (type === undefined) return;
    const hops = this.#hopsOf(type, path);
    if (hops.count > this.#level) return this.#report.exceeded(span, hops.count);
    if (type.kind === 'Record') this.check(operand);
    if (hops.first === undefined) return;
    const level = this.#levelOf(operand, hops.first) + hops.count;
    if (level > this.#level) this.#report.exceeded(span, level);
  }

  /** How many entities the path goes through, and the path to the first of them (innermost name first). */
  #hopsOf(
    type: InferredType,
    path: readonly string[],
  ): { readonly count: number; readonly first: readonly string[] | undefined } {
    let count = type.kind === 'Entity' ? 1 : 0;
    let first: readonly string[] | undefined = type.kind === 'Entity' ? [] : undefined;
    let owner: InferredType | undefined = type;
    for (const [index, name] of path.slice(0, -1).entries()) {
      owner = attributeOf(this.#schema, owner, name)?.type;
      if (owner === undefined) break;
      if (owner.kind !== 'Entity') continue;
      count += 1;
      first ??= path.slice(0, index + 1).toReversed();
    }
    return { count, first };
  }
}
