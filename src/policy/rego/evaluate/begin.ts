/** The beginning and the end of an evaluation: what it is given, what it may cost, and what becomes of its errors. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { SourceSpan } from '../../../kernel/source-span.ts';
import { sourceSpan } from '../../source-position.ts';
import type { BuiltinContext } from '../builtins/builtin.ts';
import type { Prepared } from '../builtins/prepared.ts';
import type { RegoObject, RegoValue } from '../values/value.ts';
import { Budget } from './budget.ts';
import { type ContextOptions, EvaluationContext } from './context.ts';
import { Evaluation, type Machine } from './evaluation.ts';
import { RegoError, type RegoErrorCode } from './rego-error.ts';

/** A policy that takes longer is wrong, and must not hold up those that wait. */
const DEFAULT_MAX_MILLISECONDS = 10_000;
const DEFAULT_MAX_STEPS = 100_000_000;

/** The limit of time goes by `now`. */
export type EvaluateOptions = ContextOptions & {
  /** In place of the data that the policy was compiled with. */
  readonly data?: RegoObject;
  /** An error of a built-in ends the evaluation, instead of being undefined. */
  readonly strictErrors?: boolean;
  /** Elements that loops look at, all together. Default 100,000,000. */
  readonly maxSteps?: number;
  /** Default 10,000. */
  readonly maxMilliseconds?: number;
  /** In place of both limits: what is left of a budget that other evaluations share. */
  readonly budget?: Budget;
};

/** Why an evaluation came to no end; `code` as OPA has it. */
export type RegoFailure = {
  readonly code: RegoErrorCode;
  readonly message: string;
  /** Of the call that was refused, where it is one. */
  readonly at?: SourceSpan;
};

/** What every evaluation of one policy shares. */
export type EvaluationGround = {
  readonly machine: Machine;
  readonly data: RegoObject;
  readonly prepared: Prepared;
  /** The hosts that the policy's capabilities leave to network functions. Absent: any. */
  readonly allowNet?: readonly string[] | undefined;
};

/** What stays the same while one query lasts, also when it is begun again: its time, its limit, what was random. */
export type Beginning = { readonly context: BuiltinContext; readonly deadline: number };

/** Of an evaluation that may be begun again. */
export function beginningOf(ground: EvaluationGround, options: EvaluateOptions): Beginning {
  const context = new EvaluationContext(ground.prepared, options);
  return { context, deadline: context.startedAt + (options.maxMilliseconds ?? DEFAULT_MAX_MILLISECONDS) };
}

export function begin(
  ground: EvaluationGround,
  input: RegoValue | undefined,
  options: EvaluateOptions,
  beginning?: Beginning,
): Evaluation {
  const context = beginning?.context ?? new EvaluationContext(ground.prepared, options);
  const budget = options.budget ?? budgetOf(options, beginning?.deadline);
  const data = options.data ?? ground.data;
  return new Evaluation(ground.machine, input, data, context, budget, options.strictErrors ?? false, undefined);
}

function budgetOf(options: EvaluateOptions, deadline: number | undefined): Budget {
  const { maxSteps = DEFAULT_MAX_STEPS, maxMilliseconds = DEFAULT_MAX_MILLISECONDS, now = Date.now } = options;
  return new Budget(maxSteps, deadline, now, maxMilliseconds);
}

/** What leaves an evaluation before its end is its failure; all else that is thrown is a bug. */
export function outcomeOf<T>(run: () => T): Result<T, RegoFailure> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof RegoError) return err(failureOf(error));
    // Values are walked recursively: one that is nested deeper than the stack is the caller's, not a bug of ours. So is
    // a text or a number that is larger than the engine can hold.
    if (error instanceof RangeError) return err(error.message.includes('call stack') ? TOO_DEEP : TOO_LARGE);
    throw error;
  }
}

function failureOf({ code, message, at }: RegoError): RegoFailure {
  if (at === undefined) return { code, message };
  return { code, message, at: sourceSpan(at.source, { start: at.start, end: at.start }) };
}

const TOO_LARGE: RegoFailure = {
  code: 'eval_cancel_error',
  message: 'a text, a list or a number became larger than the evaluator can hold',
};

const TOO_DEEP: RegoFailure = {
  code: 'eval_cancel_error',
  message: 'a value, or the calls of rules, are nested deeper than the evaluator can follow',
};
