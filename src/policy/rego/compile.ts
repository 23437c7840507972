/** Rego modules compiled: from text to a policy whose queries are evaluated again and again. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { PolicySource } from '../source-position.ts';
import type { BuiltinContext } from './builtins/builtin.ts';
import { Prepared } from './builtins/prepared.ts';
import { BUILTINS } from './builtins/registry.ts';
import { type CheckedModules, checkModules } from './check/check-modules.ts';
import { checkQuery } from './check/check-query.ts';
import { Budget } from './emit/budget.ts';
import { Evaluation } from './emit/evaluation.ts';
import { type Emitted, emitProgram, emitQuery } from './emit/javascript.ts';
import { RegoError, type RegoErrorCode } from './emit/rego-error.ts';
import { parseModule, parseQuery } from './parse/parse-module.ts';
import type { Query, Replaced } from './program.ts';
import type { Module, RegoVersion } from './syntax.ts';
import { makeObject } from './values/rego-map.ts';
import type { RegoObject, RegoValue } from './values/value.ts';

/** A policy that takes longer is wrong, and must not hold up those that wait. */
const DEFAULT_MAX_MILLISECONDS = 10_000;
const DEFAULT_MAX_STEPS = 100_000_000;

export type RegoSource = {
  readonly modules: readonly PolicySource[];
  /** The documents below `data` that rules do not compute. Default: none. */
  readonly data?: RegoObject;
  /** What the modules are written in. Default `v1`. */
  readonly regoVersion?: RegoVersion;
};

export type EvaluateOptions = {
  /** An error of a built-in ends the evaluation, instead of being undefined. */
  readonly strictErrors?: boolean;
  /** Elements that loops look at, all together. */
  readonly maxSteps?: number;
  readonly maxMilliseconds?: number;
  /** Milliseconds since 1970; also what the limit of time goes by. Default: the system's clock. */
  readonly now?: () => number;
  readonly randomBytes?: (length: number) => Uint8Array;
  readonly print?: (message: string) => void;
  readonly trace?: (message: string) => void;
};

/** Why an evaluation came to no end; `code` as OPA has it. */
export type RegoFailure = { readonly code: RegoErrorCode; readonly message: string };

export type PreparedQuery = {
  /** One object for each solution: the query's variables and their values. No solution is the empty list. */
  readonly evaluate: (
    input: RegoValue | undefined,
    options?: EvaluateOptions,
  ) => Result<readonly RegoObject[], RegoFailure>;
};

export type RegoPolicy = {
  readonly prepare: (query: string) => Result<PreparedQuery, readonly Problem[]>;
};

/** Every problem of every module at once, with its place. */
export function compileRego(source: RegoSource): Result<RegoPolicy, readonly Problem[]> {
  const { regoVersion = 'v1', data = {} } = source;
  const parsed = source.modules.map((file) => parseModule(file, { regoVersion }));
  const problems = parsed.flatMap((result) => (result.ok ? [] : result.problem));
  if (problems.length > 0) return err(problems);
  const modules = parsed.flatMap((result): Module[] => (result.ok ? [result.value] : []));
  const checked = checkModules(modules, { builtins: BUILTINS });
  if (!checked.ok) return checked;
  const emitted = emit(checked.value, undefined);
  const prepared = new Prepared();
  return ok({
    prepare: (text) => {
      const written = parseQuery(text, { regoVersion });
      if (!written.ok) return written;
      const query = checkQuery(written.value, checked.value);
      if (!query.ok) return query;
      // What a query's own `with` replaces, rules must look for as well.
      const own = replacesMore(query.value, checked.value) ? emit(checked.value, query.value.replaced) : emitted;
      return ok(prepareQuery(query.value, own, data, prepared));
    },
  });
}

function emit({ program, modules }: CheckedModules, more: Replaced | undefined): Emitted {
  const { replaced } = program;
  const all: Replaced = {
    builtins: replaced.builtins.union(more?.builtins ?? new Set()),
    functions: replaced.functions.union(more?.functions ?? new Set()),
    data: [...replaced.data, ...(more?.data ?? [])],
  };
  const packages = modules.map((module) => module.package.path);
  return emitProgram({ ...program, replaced: all }, packages, BUILTINS);
}

function replacesMore({ replaced }: Query, { program }: CheckedModules): boolean {
  if (replaced === undefined) return false;
  return (
    replaced.data.length > 0 ||
    !replaced.builtins.isSubsetOf(program.replaced.builtins) ||
    !replaced.functions.isSubsetOf(program.replaced.functions)
  );
}

function prepareQuery(query: Query, emitted: Emitted, data: RegoValue, prepared: Prepared): PreparedQuery {
  const run = emitQuery(query, emitted);
  const names = query.answers.map(({ name }) => name);
  return {
    evaluate: (input, options = {}) => {
      const evaluation = begin(emitted, input, data, prepared, options);
      try {
        const rows = run(evaluation);
        return ok(rows.map((row) => makeObject(names.map((name, index) => [name, row[index] as RegoValue] as const))));
      } catch (error) {
        if (error instanceof RegoError) return err({ code: error.code, message: error.message });
        throw error;
      }
    },
  };
}

function begin(
  { machine }: Emitted,
  input: RegoValue | undefined,
  data: RegoValue,
  prepared: Prepared,
  options: EvaluateOptions,
): Evaluation {
  const now = options.now ?? Date.now;
  const started = now();
  const context: BuiltinContext = {
    nowNanoseconds: () => BigInt(started) * 1_000_000n,
    randomBytes: options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length))),
    memo: new Map(),
    prepared,
    trace: options.trace ?? (() => undefined),
    print: options.print ?? (() => undefined),
    runtime: {},
  };
  const deadline = started + (options.maxMilliseconds ?? DEFAULT_MAX_MILLISECONDS);
  const budget = new Budget(options.maxSteps ?? DEFAULT_MAX_STEPS, deadline, now);
  const strict = options.strictErrors ?? false;
  return new Evaluation({ machine, input, data, context, budget, strict, replacements: undefined });
}
