/**
 * The JavaScript back end: each policy becomes a function of statements over constants that are captured. No text of a
 * policy enters the source: what is emitted are keywords, numbered names and operators.
 */
import { extensionCalls } from '../extensions/functions.ts';
import { addLongs, subtractLongs, multiplyLongs } from '../long.ts';
import * as operations from '../plan/operations.ts';
import { takesArguments } from '../plan/plan-expression.ts';
import type { Plan, PlanOf } from '../plan/plan.ts';
import { CedarRecord, CedarSet, Entity, equal, fieldKey, type Value } from '../value.ts';
import { NOT_SATISFIED, type PlannedPolicy, type Run, type ScopeTest, SATISFIED, ERROR } from './policy-function.ts';

/** What the emitted functions call; the names are ours. */
const RUNTIME = { ...operations, addLongs, subtractLongs, multiplyLongs, equal, CedarRecord, CedarSet, Entity };

/** V8 compiles a function when it is first called; a text of this size is scanned in a millisecond before that. */
const MAX_CHUNK_LENGTH = 64 * 1024;

/** Whether this process may generate code: a content security policy or a flag of Node may forbid it. */
export function codeGenerationAllowed(): boolean {
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval -- this is the question
    return (new Function('return 1') as () => number)() === 1;
  } catch {
    return false;
  }
}

/** One function a policy, in the order given. Throws `EvalError` where code generation is disallowed. */
export function emitPolicies(policies: readonly PlannedPolicy[]): readonly Run[] {
  const runs: Run[] = [];
  let emitter = new Emitter();
  for (const policy of policies) {
    emitter.policy(policy);
    if (emitter.length > MAX_CHUNK_LENGTH) {
      runs.push(...emitter.instantiate());
      emitter = new Emitter();
    }
  }
  runs.push(...emitter.instantiate());
  return runs;
}

/** Several policies that share one table of constants. */
class Emitter {
  readonly #constants: unknown[] = [];
  readonly #indexOf = new Map<unknown, number>();
  readonly #functions: string[] = [];
  #lines: string[] = [];
  #names = 0;
  length = 0;

  policy({ tests, conditions }: PlannedPolicy): void {
    this.#lines = [];
    this.#names = 0;
    for (const test of tests) this.#emit(`if (!${this.#scopeTest(test)}) return ${NOT_SATISFIED};`);
    for (const { body, wanted } of conditions) this.#demand(body, wanted);
    const text = `(p, a, r, c) => {\n${this.#lines.join('\n')}\nreturn ${SATISFIED};\n}`;
    this.#functions.push(text);
    this.length += text.length;
  }

  instantiate(): readonly Run[] {
    const constants = this.#constants.map((_, index) => `const k${index} = K[${index}];`).join('\n');
    const runtime = `const { ${Object.keys(RUNTIME).join(', ')} } = R;`;
    const source = `"use strict";\n${runtime}\n${constants}\nreturn [\n${this.#functions.join(',\n')}\n];`;
    // oxlint-disable-next-line no-new-func, no-implied-eval -- this is what the back end is: the source holds our own words only
    const make = new Function('K', 'R', 'calls', source) as (K: unknown, R: unknown, calls: unknown) => readonly Run[];
    return make(this.#constants, RUNTIME, extensionCalls);
  }

  #emit(line: string): void {
    this.#lines.push(line);
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** The name of a captured constant. Values are told apart by identity, and `0` is not `false`. */
  #constant(value: unknown): string {
    let index = this.#indexOf.get(value);
    if (index === undefined) {
      index = this.#constants.push(value) - 1;
      this.#indexOf.set(value, index);
    }
    return `k${index}`;
  }

  #key(name: string): string {
    return this.#constant(fieldKey(name));
  }

  #scopeTest({ variable, relation, entity }: ScopeTest): string {
    const name = variable === 'principal' ? 'p' : 'r';
    const other = this.#constant(entity);
    return relation === '==' ? `(${name}.ordinal === ${this.#constant(entity.ordinal)})` : `${name}.isIn(${other})`;
  }

  /** Statements that go on when the expression is `wanted`, and return otherwise. */
  #demand(plan: Plan, wanted: boolean): void {
    if (plan.kind === 'not') {
      this.#demand(plan.operand, !wanted);
    } else if (plan.kind === (wanted ? 'and' : 'or')) {
      for (const operand of plan.operands) this.#demand(operand, wanted);
    } else {
      const value = this.#boolean(plan);
      this.#emit(`if (${wanted ? '!' : ''}${value}) return ${NOT_SATISFIED};`);
    }
  }

  /** The value as an atom that is a boolean; anything else has returned. */
  #boolean(plan: Plan): string {
    const value = this.#value(plan);
    if (plan.gives !== 'boolean') this.#emit(`if (typeof ${value} !== 'boolean') return ${ERROR};`);
    return value;
  }

  /** Statements that compute the value, or return on an error; gives the name that holds it. */
  #value(plan: Plan): string {
    switch (plan.kind) {
      case 'constant':
        return this.#literal(plan.value);
      case 'variable':
        return { principal: 'p', action: 'a', resource: 'r', context: 'c' }[plan.name];
      case 'and':
      case 'or':
        return this.#chain(plan);
      case 'not':
        return this.#let(`!${this.#boolean(plan.operand)}`);
      case 'negate':
        return this.#checked(`negate(${this.#value(plan.operand)})`);
      case 'isEmpty':
        return this.#checked(`isEmpty(${this.#value(plan.operand)})`);
      case 'like':
        return this.#checked(`like(${this.#value(plan.operand)}, ${this.#constant(plan.pattern)})`);
      case 'binary':
        return this.#binary(plan);
      case 'if':
        return this.#if(plan);
      case 'attribute':
        return this.#attribute(plan);
      case 'has':
        return this.#has(plan);
      case 'is':
        return this.#is(plan);
      case 'set':
        return this.#let(`CedarSet.of([${plan.elements.map((element) => this.#value(element)).join(', ')}])`);
      case 'record': {
        const fields = plan.fields.map(({ name, value }) => `[${this.#constant(name)}, ${this.#value(value)}]`);
        return this.#let(`CedarRecord.of([${fields.join(', ')}])`);
      }
      case 'call': {
        const values = plan.arguments.map((argument) => this.#value(argument));
        if (!takesArguments(plan)) return this.#checked('undefined');
        // The names of the functions are ours: the parser refuses all others.
        return this.#checked(`calls.${plan.name}(${values.join(', ')})`);
      }
    }
  }

  #literal(value: Value): string {
    if (value === true) return 'true';
    if (value === false) return 'false';
    return this.#constant(value);
  }

  #let(expression: string): string {
    const name = this.#name('t');
    this.#emit(`const ${name} = ${expression};`);
    return name;
  }

  /** Of an operation that gives `undefined` for an error. */
  #checked(expression: string): string {
    const name = this.#let(expression);
    this.#emit(`if (${name} === undefined) return ${ERROR};`);
    return name;
  }

  /** One labelled block, so that ten thousand operands do not nest. */
  #chain(plan: PlanOf<'and' | 'or'>): string {
    const [name, label] = [this.#name('t'), this.#name('b')];
    const decisive = plan.kind === 'or';
    this.#emit(`let ${name} = ${decisive}; ${label}: {`);
    for (const operand of plan.operands) {
      const value = this.#boolean(operand);
      this.#emit(`if (${decisive ? '' : '!'}${value}) break ${label};`);
    }
    this.#emit(`${name} = ${!decisive}; }`);
    return name;
  }

  #if(plan: PlanOf<'if'>): string {
    const condition = this.#boolean(plan.condition);
    const name = this.#name('t');
    this.#emit(`let ${name}; if (${condition}) {`);
    this.#emit(`${name} = ${this.#value(plan.consequent)};`);
    this.#emit('} else {');
    this.#emit(`${name} = ${this.#value(plan.alternate)}; }`);
    return name;
  }

  #attribute({ operand, name }: PlanOf<'attribute'>): string {
    const [value, key] = [this.#value(operand), this.#key(name)];
    if (operand.gives === 'entity') return this.#checked(`${value}.attributes[${key}]`);
    if (operand.gives === 'record') return this.#checked(`${value}[${key}]`);
    return this.#checked(`${value} instanceof Entity ? ${value}.attributes[${key}] : attribute(${value}, ${key})`);
  }

  #has({ operand, path }: PlanOf<'has'>): string {
    const value = this.#value(operand);
    const [first] = path;
    if (path.length === 1 && first !== undefined) {
      if (operand.gives === 'entity') return this.#let(`${value}.attributes[${this.#key(first)}] !== undefined`);
      if (operand.gives === 'record') return this.#let(`${value}[${this.#key(first)}] !== undefined`);
    }
    return this.#checked(`has(${value}, ${this.#constant(path.map(fieldKey))})`);
  }

  #is(plan: PlanOf<'is'>): string {
    const [value, type] = [this.#value(plan.operand), this.#constant(plan.entityType)];
    const is =
      plan.operand.gives === 'entity'
        ? this.#let(`${value}.type === ${type}`)
        : this.#checked(`isType(${value}, ${type})`);
    if (plan.in === undefined) return is;
    const name = this.#name('t');
    this.#emit(`let ${name} = false; if (${is}) {`);
    this.#emit(`${name} = ${this.#checked(`isIn(${value}, ${this.#value(plan.in)})`)}; }`);
    return name;
  }

  #binary(plan: PlanOf<'binary'>): string {
    const { operator, left, right } = plan;
    const [x, y] = [this.#value(left), this.#value(right)];
    switch (operator) {
      case '==':
        return this.#let(equality(plan, x, y));
      case '!=':
        return this.#let(`!(${equality(plan, x, y)})`);
      case '<':
        return this.#order(x, y, '<', `less(${x}, ${y})`);
      case '<=':
        return this.#order(x, y, '<=', `lessOrEqual(${x}, ${y})`);
      case '>':
        return this.#order(x, y, '>', `less(${y}, ${x})`);
      case '>=':
        return this.#order(x, y, '>=', `lessOrEqual(${y}, ${x})`);
      case '+':
        return this.#checked(`add(${x}, ${y})`);
      case '-':
        return this.#checked(`subtract(${x}, ${y})`);
      case '*':
        return this.#checked(`multiply(${x}, ${y})`);
      case 'in':
        if (left.gives === 'entity' && right.gives === 'entity') return this.#let(`${x}.isIn(${y})`);
        if (left.gives === 'entity')
          return this.#checked(`${y} instanceof Entity ? ${x}.isIn(${y}) : isIn(${x}, ${y})`);
        return this.#checked(`isIn(${x}, ${y})`);
      case 'contains':
        return this.#checked(`contains(${x}, ${y})`);
      case 'containsAll':
        return this.#checked(`containsAll(${x}, ${y})`);
      case 'containsAny':
        return this.#checked(`containsAny(${x}, ${y})`);
      case 'hasTag':
        return this.#checked(`hasTag(${x}, ${y})`);
      case 'getTag':
        return this.#checked(`getTag(${x}, ${y})`);
    }
  }

  #order(x: string, y: string, sign: string, otherwise: string): string {
    return this.#checked(`typeof ${x} === 'number' && typeof ${y} === 'number' ? ${x} ${sign} ${y} : ${otherwise}`);
  }
}

/** Values of these kinds are equal exactly when JavaScript says so: integers have one form (`long.ts`). */
const PRIMITIVE: ReadonlySet<Plan['gives']> = new Set(['boolean', 'string', 'long']);

function equality({ left, right }: PlanOf<'binary'>, x: string, y: string): string {
  if (PRIMITIVE.has(left.gives) || PRIMITIVE.has(right.gives)) return `${x} === ${y}`;
  if (left.gives === 'entity' && right.gives === 'entity') return `${x}.ordinal === ${y}.ordinal`;
  return `${x} === ${y} || equal(${x}, ${y})`;
}
