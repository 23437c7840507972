/**
 * What is between the syntax tree and the program: names are resolved, and calls stand in expressions of their own;
 * references and comprehensions still stand in terms, because safety is decided with them in place, as in OPA.
 */
import type { Span } from '../../source-position.ts';
import type { Local, Pattern } from '../program.ts';
import type { RegoValue } from '../values/value.ts';

export type Constant = { readonly kind: 'constant'; readonly value: RegoValue };

/** Collections whose parts are all constant are constants. */
export type ResolvedTerm =
  | Constant
  | Local
  | { readonly kind: 'array' | 'set'; readonly elements: readonly ResolvedTerm[] }
  | { readonly kind: 'object'; readonly entries: readonly ResolvedEntry[] }
  | ResolvedRef
  | ResolvedComprehension;

export type ResolvedEntry = { readonly key: ResolvedTerm; readonly value: ResolvedTerm };

export type Root = { readonly kind: 'data' } | { readonly kind: 'input' } | Local;

export type ResolvedRef = Span & {
  readonly kind: 'ref';
  readonly root: Root;
  /** A scalar that something is looked for in, written as such: like OPA, typing says nothing of it. */
  readonly isUntyped?: boolean;
  readonly path: readonly ResolvedTerm[];
};

export type ResolvedComprehension = Span &
  (
    | {
        readonly kind: 'arrayComprehension' | 'setComprehension';
        readonly element: ResolvedTerm;
        readonly body: ResolvedBody;
      }
    | {
        readonly kind: 'objectComprehension';
        readonly key: ResolvedTerm;
        readonly value: ResolvedTerm;
        readonly body: ResolvedBody;
      }
  );

export type ResolvedBody = readonly ResolvedExpression[];

export type Callee =
  | { readonly kind: 'builtin'; readonly name: string; readonly relation: boolean; readonly statement: boolean }
  | { readonly kind: 'function'; readonly path: readonly string[] };

/** A place for a value in a text or a message: `element` after its body, or nothing where that has no solution. */
export type ResolvedPart = { readonly element: ResolvedTerm; readonly body: ResolvedBody } | Constant;

/** Values need no evaluation. */
export type ResolvedModifier = Span & {
  readonly target: ModifierTarget;
  readonly replacement: Callee | undefined;
  readonly value: ResolvedTerm;
};

export type ModifierTarget =
  | { readonly kind: 'input' | 'data'; readonly path: readonly string[] }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'function'; readonly path: readonly string[] };

export type ResolvedExpression = Span & {
  readonly modifiers: readonly ResolvedModifier[];
  /** Its variables must be bound by other expressions. */
  readonly negated: boolean;
} & (
    | { readonly kind: 'term'; readonly term: ResolvedTerm }
    /** `assigned`: what stands on the left is given values, and gives none. */
    | {
        readonly kind: 'unify';
        readonly left: ResolvedTerm;
        readonly right: ResolvedTerm;
        readonly assigned: boolean;
      }
    /** `arity` arguments go in; one more, where it is there, is unified with the result. */
    | {
        readonly kind: 'call';
        readonly callee: Callee;
        readonly arity: number;
        readonly arguments: readonly ResolvedTerm[];
      }
    /** `inputs`: variables of its parts, which must be bound by other expressions. */
    | {
        readonly kind: 'template';
        readonly output: Local;
        readonly parts: readonly ResolvedPart[];
        readonly inputs: readonly number[];
      }
    | { readonly kind: 'print'; readonly parts: readonly ResolvedPart[]; readonly inputs: readonly number[] }
    | {
        readonly kind: 'every';
        readonly key: Local | undefined;
        readonly value: Local;
        readonly domain: Local;
        readonly body: ResolvedBody;
      }
    | { readonly kind: 'not'; readonly operand: ResolvedOperand }
    | { readonly kind: 'and' | 'or'; readonly left: ResolvedOperand; readonly right: ResolvedOperand }
  );

/** Without braces its variables must be bound outside, unless its own expressions bind them for each other. */
export type ResolvedOperand = { readonly body: ResolvedBody; readonly braces: boolean };

/** Whether a term has to be evaluated in an expression of its own before it is part of a pattern. */
export function needsEvaluation(term: ResolvedTerm): boolean {
  switch (term.kind) {
    case 'constant':
    case 'local':
      return false;
    case 'array':
    case 'set':
      return term.elements.some(needsEvaluation);
    case 'object':
      return term.entries.some(({ key, value }) => needsEvaluation(key) || needsEvaluation(value));
    case 'ref':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return true;
  }
}

/** The same term as a pattern. */
export function patternOf(term: ResolvedTerm): Pattern {
  switch (term.kind) {
    case 'constant':
    case 'local':
      return term;
    case 'array':
    case 'set':
      return { kind: term.kind, elements: term.elements.map(patternOf) };
    case 'object':
      return {
        kind: 'object',
        entries: term.entries.map(({ key, value }) => ({ key: patternOf(key), value: patternOf(value) })),
      };
    case 'ref':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      throw new Error(`a ${term.kind} is no pattern`);
  }
}
