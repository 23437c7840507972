/** What a built-in function is to the compiler and to the evaluator. */
import type { RegoValue } from '../values/value.ts';
import type { NetworkQuestion } from './network-question.ts';
import type { Prepared } from './prepared.ts';
import type { RegoType } from './rego-type.ts';

/**
 * Why a call gave nothing: undefined in Rego, and an error with `strictErrors`. `message` as OPA words it, without the
 * name of the function that OPA puts before it.
 */
export class BuiltinError {
  readonly code: 'eval_builtin_error' | 'eval_type_error';
  readonly message: string;

  constructor(message: string, code: BuiltinError['code'] = 'eval_builtin_error') {
    this.code = code;
    this.message = message;
  }
}

/** `undefined`: the result is undefined, which is no error. */
export type BuiltinOutcome = RegoValue | BuiltinError | undefined;

/**
 * What the network has answered to an evaluation: `answer` gives what is known, and leaves the evaluation by throwing
 * where nothing is. One key has one answer as long as the query lasts.
 */
export type Network = {
  readonly answer: (key: string, question: NetworkQuestion) => BuiltinOutcome;
};

/** What a call may know of the evaluation it is in; everything that is not a function of the arguments. */
export type BuiltinContext = {
  /** Nanoseconds since 1970, the same for a whole query. */
  readonly nowNanoseconds: () => bigint;
  readonly randomBytes: (length: number) => Uint8Array;
  /** What a query has computed and must not compute again otherwise: `rand.intn`, `uuid.rfc4122`. */
  readonly memo: Map<string, RegoValue>;
  /** What is costly to make of an argument, and the same for every query. */
  readonly prepared: Prepared;
  readonly trace: (message: string) => void;
  readonly print: (message: string) => void;
  /** `opa.runtime()`. */
  readonly runtime: RegoValue;
  /** What the host gave to this evaluation for functions of its own. */
  readonly host: unknown;
  /** Absent where an evaluation is synchronous, and no host can be asked. */
  readonly network?: Network | undefined;
};

export type Builtin = {
  readonly name: string;
  readonly parameters: readonly RegoType[];
  readonly result: RegoType;
  /** Beyond `parameters`, any number of arguments of this type (`print`). */
  readonly variadic?: RegoType;
  /** Declared without a result: a call is a statement, which holds, and `result` is of no use (`print`). */
  readonly statement?: boolean;
  /** As many results as the array has elements (`walk`). */
  readonly relation?: boolean;
  /** May give another result for the same arguments in another query. */
  readonly nondeterministic?: boolean;
  /** The network: off unless allowed, and only in an asynchronous evaluation; `call` refuses in all others. */
  readonly network?: boolean;
  /** Arguments have been checked against `parameters` no further than their number. */
  readonly call: (
    context: BuiltinContext,
    a: RegoValue,
    b: RegoValue,
    c: RegoValue,
    d: RegoValue,
    e: RegoValue,
  ) => BuiltinOutcome;
};
