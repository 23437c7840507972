/** Bodies to the form that back ends compile: in their order, with every reference and comprehension on its own. */
import type { PolicySource } from '../../source-position.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import type { Body, Expression, Local, Modifier, Pattern, Source, TemplatePart } from '../program.ts';
import { BoundLocals, type Bound } from './bound-locals.ts';
import { bindAll, equationsOf } from './equations.ts';
import type { Frame } from './frame.ts';
import { orderBody, unboundPrints, type Unsafe } from './order-body.ts';
import {
  patternOf,
  type ResolvedBody,
  type ResolvedComprehension,
  type ResolvedExpression,
  type ResolvedModifier,
  type ResolvedPart,
  type ResolvedTerm,
} from './resolved.ts';

/** Bodies as they were ordered: what is found out about them later goes by the same order. */
export type Orders = Map<ResolvedBody, readonly ResolvedExpression[]>;

export type LoweredBody = { readonly body: Body; readonly bound: Bound };

/** What one expression becomes. */
type Place = {
  readonly out: Expression[];
  readonly expression: ResolvedExpression;
  readonly modifiers: readonly Modifier[];
  /** Bound before the expression: what its closures see. */
  readonly before: Bound;
  /** Those, and what has been emitted for the expression so far binds. */
  readonly now: BoundLocals;
};

const NONE: readonly Modifier[] = Object.freeze([]);

/** Where a term is evaluated, or the term itself. */
type Operand = { readonly kind: 'pattern'; readonly pattern: Pattern } | Exclude<Source, { kind: 'pattern' }>;

export class Lowering {
  readonly #source: PolicySource;
  readonly #frame: Frame;
  /** In a rule `==` on a line of its own unifies; in a query it gives true or false. */
  readonly #isQuery: boolean;
  readonly #orders: Orders;
  readonly #onUnsafe: (unsafe: readonly Unsafe[]) => void;

  constructor(
    source: PolicySource,
    frame: Frame,
    isQuery: boolean,
    orders: Orders,
    onUnsafe: (unsafe: readonly Unsafe[]) => void,
  ) {
    this.#orders = orders;
    this.#source = source;
    this.#frame = frame;
    this.#isQuery = isQuery;
    this.#onUnsafe = onUnsafe;
  }

  /** What cannot be ordered is reported, and left out. */
  body(body: ResolvedBody, outer: Bound): LoweredBody {
    const { ordered, bound, unsafe } = orderBody(body, outer);
    this.#orders.set(
      body,
      ordered.map(({ expression }) => expression),
    );
    const problems = [...unsafe, ...unboundPrints(body, outer)];
    if (problems.length > 0) this.#onUnsafe(problems);
    const out: Expression[] = [];
    const before = new BoundLocals(outer);
    for (const { expression, locals } of ordered) {
      const modifiers = expression.modifiers.map(lowerModifier);
      this.#expression({ out, expression, modifiers, before, now: new BoundLocals(before) });
      for (const id of locals) before.add(id);
    }
    return { body: out, bound };
  }

  #inner(body: ResolvedBody, outer: Bound): Body {
    return this.body(body, outer).body;
  }

  #expression(place: Place): void {
    const { expression, before } = place;
    switch (expression.kind) {
      case 'term':
        return this.#emitTest(place, this.#operand(expression.term, place));
      case 'unify':
        return this.#emitEquation(place, expression.left, expression.right);
      case 'call':
        return this.#call(place, expression);
      case 'template': {
        const parts = expression.parts.map((part) => this.#part(part, before));
        return this.#emitUnify(place, expression.output, { kind: 'template', parts });
      }
      case 'print':
        return this.#print(place, expression);
      case 'every': {
        const { key, value, domain, body } = expression;
        const inside = new BoundLocals(before);
        inside.add(value.id);
        if (key !== undefined) inside.add(key.id);
        return emit(place, { kind: 'every', key, value, domain, body: this.#inner(body, inside) });
      }
      case 'not':
        return emit(place, { kind: 'not', body: this.#inner(expression.operand.body, before) });
      case 'and':
        emit(place, { kind: 'or', bodies: [this.#inner(expression.left.body, before)] });
        return emit(place, { kind: 'or', bodies: [this.#inner(expression.right.body, before)] });
      case 'or': {
        const bodies = [expression.left, expression.right].map(({ body }) => this.#inner(body, before));
        return emit(place, { kind: 'or', bodies });
      }
    }
  }

  #call(place: Place, expression: ResolvedExpression & { kind: 'call' }): void {
    const { callee, arity, arguments: given } = expression;
    const [left, right, ...more] = given;
    const isEquation = callee.kind === 'builtin' && callee.name === 'equal' && more.length === 0;
    if (isEquation && !this.#isQuery && left !== undefined && right !== undefined) {
      return this.#emitEquation(place, left, right);
    }
    const patterns = given.map((argument) => this.#pattern(argument, place));
    const inputs = patterns.slice(0, arity);
    const source: Source =
      callee.kind === 'builtin'
        ? {
            kind: 'builtin',
            name: callee.name,
            arguments: inputs,
            at: { source: this.#source, start: expression.start },
          }
        : { kind: 'function', path: callee.path, arguments: inputs };
    const output = patterns[arity];
    if (output === undefined) this.#emitTest(place, source);
    else this.#emitUnify(place, output, source);
  }

  #print(place: Place, expression: ResolvedExpression & { kind: 'print' }): void {
    const elements = expression.parts.map((part): Pattern => {
      const local = this.#frame.fresh();
      const { element, body } = 'element' in part ? part : { element: part, body: [] };
      const source = { kind: 'setComprehension', element: patternOf(element), body: this.#inner(body, place.before) };
      emit(place, { kind: 'unify', pattern: local, source: source as Source });
      return local;
    });
    this.#emitTest(place, { kind: 'builtin', name: 'internal.print', arguments: [{ kind: 'array', elements }] });
  }

  #part(part: ResolvedPart, before: Bound): TemplatePart {
    if ('element' in part) {
      return { kind: 'value', element: patternOf(part.element), body: this.#inner(part.body, before) };
    }
    return { kind: 'text', text: textOf(part.value) };
  }

  /** A term as a source where it is one, with what its path needs emitted before. */
  #operand(term: ResolvedTerm, place: Place): Operand {
    switch (term.kind) {
      case 'ref': {
        const path = term.path.map((part) => this.#pattern(part, place));
        for (const part of path) bindAll(part, place.now);
        return { kind: 'reference', root: term.root, path };
      }
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension':
        return this.#comprehension(term, place.before);
      case 'constant':
      case 'local':
      case 'array':
      case 'set':
      case 'object':
        return { kind: 'pattern', pattern: this.#pattern(term, place) };
    }
  }

  #comprehension(term: ResolvedComprehension, before: Bound): Operand {
    const body = this.#checked(term, this.body(term.body, before));
    if (term.kind !== 'objectComprehension') return { kind: term.kind, element: patternOf(term.element), body };
    return { kind: term.kind, key: patternOf(term.key), value: patternOf(term.value), body };
  }

  /** What a comprehension gives must be bound by its body, or outside. */
  #checked(term: ResolvedComprehension, { body, bound }: LoweredBody): Body {
    const given = term.kind === 'objectComprehension' ? [term.key, term.value] : [term.element];
    const { start, end } = term;
    const expressions = given.map((each): ResolvedExpression => {
      return { kind: 'term', start, end, modifiers: [], negated: false, term: each };
    });
    const { unsafe } = orderBody(expressions, bound);
    if (unsafe.length > 0) this.#onUnsafe(unsafe);
    return body;
  }

  /** A term as a pattern, with what it needs emitted before. */
  #pattern(term: ResolvedTerm, place: Place): Pattern {
    switch (term.kind) {
      case 'constant':
      case 'local':
        return term;
      case 'array':
      case 'set':
        return { kind: term.kind, elements: term.elements.map((element) => this.#pattern(element, place)) };
      case 'object':
        return {
          kind: 'object',
          entries: term.entries.map(({ key, value }) => ({
            key: this.#pattern(key, place),
            value: this.#pattern(value, place),
          })),
        };
      case 'ref':
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension': {
        return this.#hoist(this.#operand(term, place), place);
      }
    }
  }

  #hoist(source: Source, place: Place): Local {
    const local = this.#frame.fresh();
    emit(place, { kind: 'unify', pattern: local, source });
    place.now.add(local.id);
    return local;
  }

  #emitTest(place: Place, source: Source): void {
    emitPossiblyNegated(place, [{ kind: 'test', source }]);
  }

  #emitUnify(place: Place, pattern: Pattern, source: Source): void {
    emitPossiblyNegated(place, [{ kind: 'unify', pattern, source }]);
  }

  #emitEquation(place: Place, leftTerm: ResolvedTerm, rightTerm: ResolvedTerm): void {
    const left = this.#operand(leftTerm, place);
    const right = this.#operand(rightTerm, place);
    if (left.kind === 'pattern' && right.kind === 'pattern') {
      const free = freeLocals([left.pattern, right.pattern], place.now);
      const equations = equationsOf(left.pattern, right.pattern, place.now);
      if (equations === undefined) return this.#onUnsafe([{ expression: place.expression, locals: free }]);
      return emitPossiblyNegated(
        place,
        equations.map(({ pattern, bound }) => ({
          kind: 'unify',
          pattern,
          source: { kind: 'pattern', pattern: bound },
        })),
      );
    }
    if (left.kind === 'pattern') return this.#emitUnify(place, left.pattern, right);
    if (right.kind === 'pattern') return this.#emitUnify(place, right.pattern, left);
    const local = this.#frame.fresh();
    emitPossiblyNegated(place, [
      { kind: 'unify', pattern: local, source: left },
      { kind: 'unify', pattern: local, source: right },
    ]);
  }
}

function freeLocals(patterns: readonly Pattern[], bound: Bound): ReadonlySet<number> {
  const locals = new Set<number>();
  for (const pattern of patterns) bindAll(pattern, locals);
  return new Set([...locals].filter((id) => !bound.has(id)));
}

type Statement = Expression extends infer Each
  ? Each extends Expression
    ? Omit<Each, 'start' | 'end' | 'modifiers'>
    : never
  : never;

function emit(place: Place, statement: Statement): void {
  const { start, end } = place.expression;
  place.out.push({ ...statement, start, end, modifiers: place.modifiers });
}

/** Only the expression itself is negated, not what is evaluated for it: undefined there, undefined all of it, as in OPA. */
function emitPossiblyNegated(place: Place, statements: readonly Statement[]): void {
  if (!place.expression.negated) {
    for (const statement of statements) emit(place, statement);
    return;
  }
  const body: Expression[] = [];
  for (const statement of statements) emit({ ...place, out: body, modifiers: NONE }, statement);
  emit(place, { kind: 'not', body });
}

function lowerModifier({ target, replacement, value }: ResolvedModifier): Modifier {
  const modifier = { target, value: patternOf(value) };
  if (replacement === undefined) return modifier;
  const { kind } = replacement;
  return {
    ...modifier,
    replacement: kind === 'builtin' ? { kind, name: replacement.name } : { kind, path: replacement.path },
  };
}

/** As a template string prints it. */
function textOf(value: RegoValue): string {
  return typeof value === 'string' ? value : toText(value);
}
