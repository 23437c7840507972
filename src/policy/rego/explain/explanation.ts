/** What `explain` answers: of every rule that took part, which of its bodies held, and where the others first failed. */
import type { SourceSpan } from '../../../kernel/source-span.ts';
import type { EvaluateOptions, RegoFailure } from '../evaluate/begin.ts';
import type { Result } from '../../../kernel/result.ts';

export type ExplainOptions = EvaluateOptions & {
  /** Whether what stands at a key, or has a name, is shown as `***`. Default: what is called like a password is. */
  readonly isSecret?: (name: string) => boolean;
};

export type RegoExplanation<T> = {
  readonly result: Result<T, RegoFailure>;
  /** Of a query without a solution: where it failed. */
  readonly query?: FailedExpression;
  /** In order of dependence, from what was asked for; each rule once. */
  readonly rules: readonly ExplainedRule[];
  /** How many more rules took part, and are left out. */
  readonly omittedRules: number;
};

export type ExplainedRule = {
  /** `data.shop.allow`. */
  readonly rule: string;
  /** Of a function: the arguments of the call that matters, as Rego writes them. */
  readonly arguments?: readonly string[];
  /** Of a partial rule: the keys that it was asked for last, where it was not evaluated as a whole. */
  readonly keys?: readonly string[];
  /** As Rego writes it, shortened; absent where the rule is undefined. */
  readonly value?: string;
  /** No body gave the value, but `default`. */
  readonly isDefault: boolean;
  readonly bodies: readonly ExplainedBody[];
  /** How many more bodies failed, earlier than these, and are left out. */
  readonly omittedBodies: number;
};

/** One body of a rule, with `else` each by itself. `at` is the rule. */
export type ExplainedBody =
  /** `value` is the first of what it gave. */
  | { readonly kind: 'held'; readonly at: SourceSpan; readonly choice: number; readonly value: string }
  | { readonly kind: 'failed'; readonly at: SourceSpan; readonly choice: number; readonly failed: FailedExpression }
  /** It was asked for another key, or called with other arguments, than this definition is for. */
  | { readonly kind: 'mismatch'; readonly at: SourceSpan; readonly choice: number }
  /** Another body had decided before, or a failure ended the evaluation. */
  | { readonly kind: 'untried'; readonly at: SourceSpan; readonly choice: number };

/** The expression that failed in the attempt that came furthest. */
export type FailedExpression = {
  readonly at: SourceSpan;
  /** As its author wrote it, on one line, shortened. */
  readonly text: string;
  readonly because:
    | 'undefined'
    | 'false'
    /** It had a value, which is not the one that was asked for. */
    | 'different'
    /** What stands under `not` holds. */
    | 'negated'
    /** An element does not satisfy the body of `every`: see `inner`. */
    | 'element'
    /** No operand of `or` holds. */
    | 'alternatives'
    /** A built-in refused its arguments: see `error`. */
    | 'error';
  /** What it read: references and calls as written, and variables; in the order in which they are evaluated. */
  readonly values: readonly ReadValue[];
  /** How many elements were tried at this expression in vain: more than 1 where it is in a loop. */
  readonly tried: number;
  /** `name: message`, as the built-in has it. */
  readonly error?: string;
  /** The rules that it failed for, to be found in `rules` unless they are left out. */
  readonly rules: readonly string[];
  /** Of `every` and `or`: the expression within that failed. */
  readonly inner?: FailedExpression;
};

/** `value` is `undefined`, without quotes, where there is none. */
export type ReadValue = { readonly expression: string; readonly value: string };
