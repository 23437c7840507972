/** What the closure back end tells whoever looks on: coverage, explanations and notes are made of it. */
import type { BuiltinError } from '../builtins/builtin.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Definition, Expression, Query, RuleSet } from '../program.ts';
import type { RegoValue } from '../values/value.ts';

/**
 * The values of the locals, by their ids. It is written on while the evaluation goes on: who wants to keep values copies
 * them. A local that is not bound yet may hold what an attempt before left there.
 */
export type Frame = (RegoValue | undefined)[];

export type Owner = Definition | Query;

/**
 * In the order in which things happen. What is opened (`rule`, `body`, `expression`) is closed by the event named after
 * it; a failure leaves bodies and expressions open, and closes rules. Solutions are tried depth first: between `holds` of
 * an expression and its next `holds` or its end stands what came of the expressions after it.
 */
export type Observed =
  /**
   * A rule set is evaluated: once for each `Evaluation` (one more for each `with`), or once for each call. `values` are
   * the arguments of a function, or the keys that a partial rule is asked for.
   */
  | {
      readonly kind: 'rule';
      readonly set: RuleSet;
      readonly evaluation: Evaluation;
      readonly values: readonly RegoValue[];
    }
  | {
      readonly kind: 'ruleEnd';
      readonly set: RuleSet;
      readonly evaluation: Evaluation;
      readonly value: RegoValue | undefined;
    }
  /** The arguments of a call, or the keys, are not what the definition is for. */
  | { readonly kind: 'mismatch'; readonly definition: Definition }
  /** One choice of a definition is tried: `choices[choice]`. */
  | { readonly kind: 'body'; readonly definition: Definition; readonly choice: number; readonly frame: Frame }
  /** One solution of it; `value` is what the definition gives, or the member. */
  | {
      readonly kind: 'solution';
      readonly definition: Definition;
      readonly choice: number;
      readonly frame: Frame;
      readonly value: RegoValue;
    }
  | { readonly kind: 'bodyEnd'; readonly definition: Definition; readonly choice: number; readonly held: boolean }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly owner: Owner; readonly frame: Frame }
  /** What the source of a `unify` or `test` gave, before it is compared; a loop gives one after another. */
  | { readonly kind: 'value'; readonly expression: Expression; readonly value: RegoValue }
  /** A call of a built-in within the expression was refused; it is undefined, or the evaluation ends. */
  | { readonly kind: 'refused'; readonly expression: Expression; readonly name: string; readonly error: BuiltinError }
  | { readonly kind: 'holds'; readonly expression: Expression; readonly owner: Owner; readonly frame: Frame }
  /** After the last solution; `held` says whether there was one. */
  | {
      readonly kind: 'expressionEnd';
      readonly expression: Expression;
      readonly owner: Owner;
      readonly frame: Frame;
      /** The one that the expression was evaluated in: another one under `with`. */
      readonly evaluation: Evaluation;
      readonly held: boolean;
    };

/** Called at once, in the midst of the evaluation; it must not throw. */
export type Observer = (event: Observed) => void;
