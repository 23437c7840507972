/** Why a test did not hold: the expression at which its body came to its end, and the values of what stands in it. */
import type { SourceSpan } from '../../../kernel/source-span.ts';
import { sourceSpan } from '../../source-position.ts';
import { isCalledSecret, shownValue } from '../explain/shown-value.ts';
import type { Frame, Observed, Owner } from '../interpret/observer.ts';
import type { Definition, Expression, Pattern } from '../program.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';

export type FailedExpression = {
  readonly at: SourceSpan;
  readonly text: string;
  /** What it gave: `false`, or nothing. */
  readonly gave: 'false' | 'undefined';
  /** Why a built-in refused its arguments, `name: message`, where that is why it gave nothing. */
  readonly error?: string;
  /** Variables and inner expressions, as Rego writes their values; without what is called like a secret. */
  readonly values: readonly { readonly name: string; readonly value: string }[];
};

type Binding = Expression & { readonly kind: 'unify' };

type Candidate = {
  readonly expression: Expression;
  readonly definition: Definition;
  readonly frame: readonly (RegoValue | undefined)[];
  readonly gave: RegoValue | undefined;
  readonly error: string | undefined;
};

/** Watches one evaluation of one test; the expression that came furthest in its body is the one that failed it. */
export class FailureWatch {
  readonly #isTest: (definition: Definition) => boolean;
  #furthest: Candidate | undefined;
  #place = -1;
  /** What the last expression gave that gave anything. */
  readonly #gave = new Map<Expression, RegoValue>();
  readonly #refused = new Map<Expression, string>();
  /** Within `every`: the innermost expression that did not hold. */
  #inner: Candidate | undefined;

  constructor(isTest: (definition: Definition) => boolean) {
    this.#isTest = isTest;
  }

  observe(event: Observed): void {
    if (event.kind === 'expression') {
      this.#gave.delete(event.expression);
      this.#refused.delete(event.expression);
    } else if (event.kind === 'refused') this.#refused.set(event.expression, `${event.name}: ${event.error.message}`);
    else if (event.kind === 'value') this.#gave.set(event.expression, event.value);
    else if (event.kind === 'expressionEnd' && !event.held) this.#failed(event.expression, event.owner, event.frame);
  }

  #failed(expression: Expression, owner: Owner, frame: Frame): void {
    if (!('choices' in owner) || !this.#isTest(owner)) return;
    const place = placeOf(owner, expression);
    const [gave, error] = [this.#gave.get(expression), this.#refused.get(expression)];
    const candidate = { expression, definition: owner, frame: [...frame], gave, error };
    if (place === -1) {
      this.#inner = candidate;
      return;
    }
    const { kind } = expression;
    const shown = kind === 'every' && this.#inner !== undefined ? this.#inner : candidate;
    this.#inner = undefined;
    if (place < this.#place) return;
    this.#place = place;
    this.#furthest = shown;
  }

  result(): FailedExpression | undefined {
    const failed = this.#furthest;
    if (failed === undefined) return undefined;
    const { expression, definition, gave, error } = failed;
    const text = definition.source.text.slice(expression.start, expression.end);
    return {
      at: sourceSpan(definition.source, expression),
      // Where it is negated, it stands for what is.
      text: expression.kind === 'not' && !text.startsWith('not') ? `not ${text}` : text,
      gave: gave === undefined && (expression.kind === 'unify' || expression.kind === 'test') ? 'undefined' : 'false',
      ...(error === undefined || gave !== undefined ? {} : { error }),
      values: valuesOf(failed),
    };
  }
}

/** In the body of whichever choice holds it; -1: it stands in a body within. */
function placeOf({ choices }: Definition, expression: Expression): number {
  for (const { body } of choices) {
    const place = body.indexOf(expression);
    if (place !== -1) return place;
  }
  return -1;
}

function valuesOf({ expression, definition, frame }: Candidate): FailedExpression['values'] {
  const values = new Map<string, string>();
  const waiting = [...localsIn(expression)];
  const seen = new Set<number>();
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const origin = originOf(definition, id);
    const name = definition.names.get(id) ?? (origin === undefined ? undefined : nameOf(origin, definition));
    const value = frame[id];
    const isNew = name !== undefined && !name.startsWith('$') && !values.has(name);
    if (isNew && value !== undefined)
      values.set(name, isCalledSecret(name) ? '***' : shownValue(value, isCalledSecret));
    // What an inner expression was made of tells more than its value alone.
    if (origin !== undefined && !definition.names.has(id)) waiting.push(...localsIn(origin));
  }
  // A constant says nothing that its text does not.
  return [...values].filter(([name, value]) => name !== value).map(([name, value]) => ({ name, value }));
}

/** What an expression of ours is called: a call as it was written, a reference by its path. */
function nameOf({ source, start, end }: Binding, { source: { text }, names }: Definition): string | undefined {
  switch (source.kind) {
    case 'builtin':
    case 'function':
      return text.slice(start, end);
    case 'reference': {
      const root = source.root.kind === 'local' ? names.get(source.root.id) : source.root.kind;
      const path = source.path.map((part) => partOf(part, names));
      return root === undefined || path.includes(undefined) ? undefined : `${root}${path.join('')}`;
    }
    case 'pattern':
    case 'template':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return undefined;
  }
}

function partOf(part: Pattern, names: Definition['names']): string | undefined {
  if (part.kind === 'constant' && typeof part.value === 'string' && /^[a-zA-Z_]\w*$/u.test(part.value)) {
    return `.${part.value}`;
  }
  const text = part.kind === 'constant' ? toText(part.value) : part.kind === 'local' ? names.get(part.id) : undefined;
  return text === undefined ? undefined : `[${text}]`;
}

/** The expression that binds a local of ours. */
function originOf({ choices }: Definition, id: number): Binding | undefined {
  for (const { body } of choices) {
    for (const expression of body) {
      if (expression.kind === 'unify' && expression.pattern.kind === 'local' && expression.pattern.id === id) {
        return expression;
      }
    }
  }
  return undefined;
}

function* localsIn(node: unknown): Generator<number> {
  if (typeof node !== 'object' || node === null) return;
  if ('kind' in node && node.kind === 'constant') return;
  if ('kind' in node && node.kind === 'local' && 'id' in node) yield node.id as number;
  for (const child of Object.values(node)) yield* localsIn(child);
}
