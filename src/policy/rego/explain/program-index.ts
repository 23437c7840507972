/** Where each expression of a program stands: in which body, after which others, and inside of which expression. */
import { ruleKey } from '../evaluate/rule-tree.ts';
import type { Body, Definition, Expression, Pattern, Program, Query, Reference, RuleSet, Source } from '../program.ts';

export type Place = {
  readonly owner: Definition | Query;
  /** The body that it is in, and which of it it is. */
  readonly body: Body;
  readonly index: number;
  /** What the body belongs to; nothing where it is a body of the owner itself. */
  readonly parent: Expression | undefined;
  /** Locals that have a value when it is reached. */
  readonly bound: ReadonlySet<number>;
};

export class ProgramIndex {
  readonly #places = new Map<Expression, Place>();
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
    for (const { definitions, byDefault } of program.rules.values()) {
      for (const definition of definitions) this.#addDefinition(definition);
      if (byDefault !== undefined) this.#addDefinition(byDefault);
    }
  }

  #addDefinition(definition: Definition): void {
    const bound = new Set<number>();
    for (const parameter of definition.parameters) addLocals(parameter, bound);
    for (const { body } of definition.choices) this.#add(body, definition, undefined, bound);
  }

  addQuery(query: Query): void {
    this.#add(query.body, query, undefined, new Set());
  }

  placeOf(expression: Expression): Place {
    const place = this.#places.get(expression);
    if (place === undefined) throw new Error('an expression that is evaluated is not in the program');
    return place;
  }

  /** What was made of the expression that the author wrote, up to this one: of its operands, and of what it negates. */
  written(expression: Expression): readonly Expression[] {
    const { body, index } = this.placeOf(expression);
    const parts = body.filter(({ start, end }, at) => {
      return at <= index && start >= expression.start && end <= expression.end;
    });
    return parts.flatMap((part) => (part.kind === 'not' ? [part, ...part.body] : [part]));
  }

  /** What stands before it and around it, from the outside in, and itself: where locals got their values. */
  before(expression: Expression): readonly Expression[] {
    const { body, index, parent } = this.placeOf(expression);
    const own = body.slice(0, index + 1).flatMap((part) => (part.kind === 'not' ? [part, ...part.body] : [part]));
    return parent === undefined ? own : [...this.before(parent), ...own];
  }

  /** The rules that the expression, as it was written, asks for. */
  rulesOf(expression: Expression): readonly RuleSet[] {
    const found = this.written(expression).map((part) => ('source' in part ? this.ruleAt(part.source) : undefined));
    return [...new Set(found.filter((set) => set !== undefined))];
  }

  ruleAt(source: Source): RuleSet | undefined {
    if (source.kind === 'function') return this.#program.rules.get(ruleKey(source.path));
    if (source.kind !== 'reference' || source.root.kind !== 'data') return undefined;
    const names: string[] = [];
    for (const part of source.path) {
      if (part.kind !== 'constant' || typeof part.value !== 'string') return undefined;
      names.push(part.value);
      const set = this.#program.rules.get(ruleKey(names));
      if (set !== undefined) return set;
    }
    return undefined;
  }

  #add(body: Body, owner: Place['owner'], parent: Expression | undefined, outer: ReadonlySet<number>): void {
    const bound = new Set(outer);
    for (const [index, expression] of body.entries()) {
      this.#places.set(expression, { owner, body, index, parent, bound: new Set(bound) });
      for (const inner of bodiesIn(expression)) {
        const within = new Set(bound);
        if (expression.kind === 'every') for (const each of [expression.key, expression.value]) addLocals(each, within);
        this.#add(inner, owner, expression, within);
      }
      addBound(expression, bound);
    }
  }
}

/** Bodies of the expression itself, and of the comprehension or template that it evaluates. */
function bodiesIn(expression: Expression): readonly Body[] {
  switch (expression.kind) {
    case 'not':
    case 'every':
      return [expression.body];
    case 'or':
      return expression.bodies;
    case 'unify':
    case 'test':
      return bodiesOfSource(expression.source);
  }
}

function bodiesOfSource(source: Source): readonly Body[] {
  switch (source.kind) {
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return [source.body];
    case 'template':
      return source.parts.flatMap((part) => (part.kind === 'value' ? [part.body] : []));
    case 'pattern':
    case 'reference':
    case 'builtin':
    case 'function':
      return [];
  }
}

function addBound(expression: Expression, bound: Set<number>): void {
  if (expression.kind !== 'unify' && expression.kind !== 'test') return;
  if (expression.kind === 'unify') addLocals(expression.pattern, bound);
  if (expression.source.kind === 'reference') for (const part of expression.source.path) addLocals(part, bound);
}

export function addLocals(pattern: Pattern | undefined, locals: Set<number>): void {
  switch (pattern?.kind) {
    case undefined:
    case 'constant':
      return;
    case 'local':
      locals.add(pattern.id);
      return;
    case 'array':
    case 'set':
      for (const element of pattern.elements) addLocals(element, locals);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        addLocals(key, locals);
        addLocals(value, locals);
      }
  }
}

/** The part of the path before the first variable that has no value yet: what a loop goes over. */
export function knownPath({ path }: Reference, bound: ReadonlySet<number>): readonly Pattern[] {
  const end = path.findIndex((part) => {
    const locals = new Set<number>();
    addLocals(part, locals);
    return !locals.isSubsetOf(bound);
  });
  return end < 0 ? path : path.slice(0, end);
}
