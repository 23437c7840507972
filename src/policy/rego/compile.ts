/** Rego modules compiled: from text to a policy whose queries are evaluated again and again. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { PolicySource } from '../source-position.ts';
import type { Builtin } from './builtins/builtin.ts';
import { Prepared } from './builtins/prepared.ts';
import { BUILTINS } from './builtins/registry.ts';
import { type Capabilities, readCapabilities } from './capabilities.ts';
import { type CheckedModules, checkModules } from './check/check-modules.ts';
import { checkQuery } from './check/check-query.ts';
import { isTaken } from './check/given-data.ts';
import { codeGenerationAllowed, JAVASCRIPT } from './emit/javascript.ts';
import type { BackEnd, CompiledProgram, QueryFunction } from './evaluate/back-end.ts';
import { begin, type EvaluateOptions, type EvaluationGround, outcomeOf, type RegoFailure } from './evaluate/begin.ts';
import type { Evaluation } from './evaluate/evaluation.ts';
import { closures } from './interpret/closures.ts';
import { Explainer, type ExplainQuery } from './explain/explain.ts';
import type { ExplainOptions, RegoExplanation } from './explain/explanation.ts';
import type { Observer } from './interpret/observer.ts';
import { evaluateAsync, type EvaluateAsyncOptions } from './network/evaluate-async.ts';
import { parseModule, parseQuery } from './parse/parse-module.ts';
import type { Query, Replaced } from './program.ts';
import type { Module, RegoVersion } from './syntax.ts';
import { makeObject } from './values/rego-map.ts';
import type { RegoObject, RegoValue } from './values/value.ts';

export type Backend = 'javascript' | 'closures';

/** `regoVersion`: what this module is written in, where it differs from the others, as those of a bundle may. */
export type RegoModule = PolicySource & { readonly regoVersion?: RegoVersion };

export type RegoSource = {
  readonly modules: readonly RegoModule[];
  /** The documents below `data` that rules do not compute. Default: none. */
  readonly data?: RegoObject;
  /** What the modules are written in. Default `v1`. */
  readonly regoVersion?: RegoVersion;
  /**
   * What the modules may use, as OPA's capabilities files have it: an object as `JSON.parse` made it. Functions that it
   * does not name are not there, features that it does not name are problems (`rego/not-capable`), and its `allow_net`
   * bounds what network functions may be allowed. Default: all that there is.
   */
  readonly capabilities?: unknown;
  /** Functions of the host, beside the built-in ones and called like them; they find `host` in their context. */
  readonly functions?: readonly Builtin[];
  /** Default: `javascript`, where the runtime lets code be generated. */
  readonly backend?: Backend;
  /** Is told all that happens in every evaluation. The back end is then `closures`. */
  readonly observer?: Observer;
};

export type PreparedQuery = {
  /** One object for each solution: the query's variables and their values. No solution is the empty list. */
  readonly evaluate: (
    input: RegoValue | undefined,
    options?: EvaluateOptions,
  ) => Result<readonly RegoObject[], RegoFailure>;
  /** As `evaluate`, and may wait for hosts that `options.network` allows. */
  readonly evaluateAsync: (
    input: RegoValue | undefined,
    options?: EvaluateAsyncOptions,
  ) => Promise<Result<readonly RegoObject[], RegoFailure>>;
  /** Evaluates again, slowly, and tells which expressions of which rules failed. */
  readonly explain: (input: RegoValue | undefined, options?: ExplainOptions) => RegoExplanation<readonly RegoObject[]>;
};

export type PreparedDecision = {
  /** The value of the document, `undefined` where it has none. */
  readonly evaluate: (
    input: RegoValue | undefined,
    options?: EvaluateOptions,
  ) => Result<RegoValue | undefined, RegoFailure>;
  /** As `evaluate`, and may wait for hosts that `options.network` allows. */
  readonly evaluateAsync: (
    input: RegoValue | undefined,
    options?: EvaluateAsyncOptions,
  ) => Promise<Result<RegoValue | undefined, RegoFailure>>;
  /** Evaluates again, slowly, and tells which expressions of which rules failed. */
  readonly explain: (input: RegoValue | undefined, options?: ExplainOptions) => RegoExplanation<RegoValue | undefined>;
};

export type RegoPolicy = {
  /** What evaluates it. */
  readonly backend: Backend;
  readonly prepare: (query: string) => Result<PreparedQuery, readonly Problem[]>;
  /** Of one document, by its reference: `data.shop.allow`. */
  readonly decision: (reference: string) => Result<PreparedDecision, readonly Problem[]>;
};

/** Every problem of every module at once, with its place. */
export function compileRego(source: RegoSource): Result<RegoPolicy, readonly Problem[]> {
  const { regoVersion = 'v1', data = {} } = source;
  const parsed = source.modules.map((file) => parseModule(file, { regoVersion: file.regoVersion ?? regoVersion }));
  const problems = parsed.flatMap((result) => (result.ok ? [] : result.problem));
  if (problems.length > 0) return err(problems);
  const modules = parsed.flatMap((result): Module[] => (result.ok ? [result.value] : []));
  const read = source.capabilities === undefined ? ok(undefined) : readCapabilities(source.capabilities);
  if (!read.ok) return read;
  const capabilities = read.value;
  const builtins = builtinsOf(source, capabilities);
  const checked = checkModules(modules, { builtins, capabilities, dataExists: (path) => isTaken(data, path) });
  if (!checked.ok) return checked;
  const backend = backendOf(source);
  const backEnd = backend === 'javascript' ? JAVASCRIPT : closures(source.observer);
  const compiled = compile(checked.value, builtins, undefined, backEnd);
  const prepared = new Prepared();
  // Made when the first explanation is asked for: most policies never are.
  let explainer: Explainer | undefined;
  const explainerOf = (): Explainer => {
    explainer ??= new Explainer(checked.value.program, packagesOf(checked.value), builtins);
    return explainer;
  };
  const prepare = (text: string): Result<Runnable, readonly Problem[]> => {
    const written = parseQuery(text, { regoVersion });
    if (!written.ok) return written;
    const query = checkQuery(written.value, checked.value);
    if (!query.ok) return query;
    // What a query's own `with` replaces, rules must look for as well.
    const own = replacesMore(query.value, checked.value)
      ? compile(checked.value, builtins, query.value.replaced, backEnd)
      : compiled;
    const ground = { machine: own.machine, data, prepared, allowNet: capabilities?.allowNet };
    let explained: ExplainQuery | undefined;
    const explain: Runnable['explain'] = (...asked) => {
      explained ??= explainerOf().prepare(query.value);
      return explained(ground, ...asked);
    };
    return ok({ ground, query: query.value, run: backEnd.compileQuery(query.value, own), explain });
  };
  return ok({
    backend,
    prepare: (text) => {
      const runnable = prepare(text);
      return runnable.ok ? ok(prepareQuery(runnable.value)) : runnable;
    },
    decision: (reference) => {
      const runnable = prepare(`${DECISION} = ${reference}`);
      return runnable.ok ? ok(prepareDecision(runnable.value)) : runnable;
    },
  });
}

/** The host's own are there whatever the capabilities name. */
function builtinsOf({ functions = [] }: RegoSource, capabilities: Capabilities | undefined): Map<string, Builtin> {
  const capable = [...BUILTINS].filter(([name]) => capabilities?.builtins.has(name) !== false);
  return new Map([...capable, ...functions.map((builtin) => [builtin.name, builtin] as const)]);
}

function backendOf({ backend, observer }: RegoSource): Backend {
  if (observer !== undefined) return 'closures';
  return backend ?? (codeGenerationAllowed() ? 'javascript' : 'closures');
}

const DECISION = 'decision';

type Runnable = {
  readonly ground: EvaluationGround;
  readonly query: Query;
  readonly run: QueryFunction;
  readonly explain: (
    input: RegoValue | undefined,
    options: ExplainOptions,
  ) => RegoExplanation<readonly (readonly RegoValue[])[]>;
};

function prepareQuery({ ground, query, run, explain }: Runnable): PreparedQuery {
  const names = query.answers.map(({ name }) => name);
  const named = (rows: readonly (readonly RegoValue[])[]): readonly RegoObject[] =>
    rows.map((row) => makeObject(names.map((name, index) => [name, row[index] as RegoValue] as const)));
  const rowsOf = (evaluation: Evaluation): readonly RegoObject[] => named(run(evaluation));
  return {
    evaluate: (input, options = {}) => outcomeOf(() => rowsOf(begin(ground, input, options))),
    evaluateAsync: (input, options = {}) =>
      evaluateAsync(ground, options, (beginning) => rowsOf(begin(ground, input, options, beginning))),
    explain: (input, options = {}) => {
      const { result, ...explanation } = explain(input, options);
      return { ...explanation, result: result.ok ? ok(named(result.value)) : result };
    },
  };
}

function prepareDecision({ ground, run, explain }: Runnable): PreparedDecision {
  const valueOf = (evaluation: Evaluation): RegoValue | undefined => run(evaluation)[0]?.[0];
  return {
    evaluate: (input, options = {}) => outcomeOf(() => valueOf(begin(ground, input, options))),
    evaluateAsync: (input, options = {}) =>
      evaluateAsync(ground, options, (beginning) => valueOf(begin(ground, input, options, beginning))),
    explain: (input, options = {}) => {
      const { result, rules, omittedRules } = explain(input, options);
      return { result: result.ok ? ok(result.value[0]?.[0]) : result, rules, omittedRules };
    },
  };
}

function packagesOf({ modules }: CheckedModules): readonly (readonly string[])[] {
  return modules.map((module) => module.package.path);
}

function compile(
  checked: CheckedModules,
  builtins: ReadonlyMap<string, Builtin>,
  more: Replaced | undefined,
  backEnd: BackEnd,
): CompiledProgram {
  const { program } = checked;
  const { replaced } = program;
  const all: Replaced = {
    builtins: replaced.builtins.union(more?.builtins ?? new Set()),
    functions: replaced.functions.union(more?.functions ?? new Set()),
    data: [...replaced.data, ...(more?.data ?? [])],
  };
  return backEnd.compileProgram({ ...program, replaced: all }, packagesOf(checked), builtins);
}

function replacesMore({ replaced }: Query, { program }: CheckedModules): boolean {
  if (replaced === undefined) return false;
  return (
    replaced.data.length > 0 ||
    !replaced.builtins.isSubsetOf(program.replaced.builtins) ||
    !replaced.functions.isSubsetOf(program.replaced.functions)
  );
}
