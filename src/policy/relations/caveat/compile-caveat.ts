/** From a caveat's definition to a function that decides it: true, false, or which parameters are missing. */
import { isCelError, type CelInput } from '@bufbuild/cel';

import type { JsonObject } from '../../../kernel/json.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { sourceSpan, type PolicySource } from '../../source-position.ts';
import type { CaveatType } from '../schema/caveat-type.ts';
import type { CaveatDefinition } from '../schema/schema.ts';
import { CelEnvironment, countTurns, type CelScope } from './cel-environment.ts';
import { expressionsIn, parseCel, type CelExpr } from './cel-expression.ts';
import { checkCel } from './check-cel.ts';
import { convertContext } from './convert-context.ts';
import { missingParameter, missingParameters } from './missing-parameters.ts';

export type CaveatOutcome =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  /** The expression cannot be decided without these parameters, which are sorted. */
  | { readonly kind: 'conditional'; readonly missing: readonly string[] }
  /** A value of the wrong type, a division by zero, a key that is not there, too many turns of a loop. */
  | { readonly kind: 'error'; readonly problem: Problem };

export type CompiledCaveat = {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, CaveatType>;
  /** What a relationship stores goes before what the request says. Never throws. */
  readonly evaluate: (stored: JsonObject, request: JsonObject) => CaveatOutcome;
};

/** The source is the text of the schema; problems point into it. Caveats may share an environment. */
export function compileCaveat(
  definition: CaveatDefinition,
  source: PolicySource,
  environment: CelEnvironment = new CelEnvironment(),
): Result<CompiledCaveat, readonly Problem[]> {
  const { name, parameters, expression } = definition;
  const problems: Problem[] = [];
  const report = (message: string, start: number, end: number, hint?: string): void => {
    const at = sourceSpan(source, { start, end });
    problems.push({ code: 'relations/caveat', message, ...(hint === undefined ? {} : { hint }), at });
  };
  const parsed = parseCel(expression.text);
  if (parsed.kind === 'problem') {
    const start = expression.start + parsed.at;
    report(parsed.message, start, start + 1);
    return err(problems);
  }
  const { tree } = parsed;
  checkCel(environment.env, expression.text, tree, parameters, (message, offset, length, hint) =>
    report(message, expression.start + offset, expression.start + offset + length, hint),
  );
  const used = namesIn(tree.expr);
  for (const parameter of parameters.keys()) {
    if (!used.has(parameter)) {
      report(`the parameter \`${parameter}\` of the caveat \`${name}\` is not used`, definition.start, definition.end);
    }
  }
  if (problems.length > 0) return err(problems);
  countTurns(tree.expr);
  return ok({ name, parameters, evaluate: evaluation(definition, tree.expr, environment) });
}

function namesIn(root: CelExpr): ReadonlySet<string> {
  const names = expressionsIn(root).map(({ exprKind }) => (exprKind.case === 'identExpr' ? exprKind.value.name : ''));
  return new Set(names);
}

function evaluation(
  { name, parameters }: CaveatDefinition,
  root: CelExpr,
  environment: CelEnvironment,
): CompiledCaveat['evaluate'] {
  const run = environment.plan(root);
  /** Parts are planned when somebody asks what is missing in them. */
  const plans = new Map<CelExpr, typeof run>([[root, run]]);
  const failed = (why: string): CaveatOutcome => {
    const message = `the caveat \`${name}\` cannot be decided: ${why}`;
    return { kind: 'error', problem: { code: 'relations/caveat-evaluation', message } };
  };
  return (stored, request) => {
    const converted = convertContext(name, parameters, { ...request, ...stored });
    if (!converted.ok) return { kind: 'error', problem: converted.problem };
    const scope = scopeOf(parameters, converted.value);
    environment.allowTurns();
    const result = run(scope);
    if (result === true) return { kind: 'true' };
    if (result === false) return { kind: 'false' };
    if (!isCelError(result)) return failed('its expression gives no boolean');
    const missing = missingParameters(root, scope, (part, inner) => {
      const planned = plans.get(part) ?? environment.plan(part);
      plans.set(part, planned);
      return planned(inner);
    });
    return missing.length > 0 ? { kind: 'conditional', missing } : failed(result.message);
  };
}

/** No prototype: a parameter may have the name of one of its members. */
function scopeOf(parameters: ReadonlyMap<string, CaveatType>, given: ReadonlyMap<string, CelInput>): CelScope {
  const scope = Object.create(null) as Record<string, CelScope[string]>;
  for (const parameter of parameters.keys()) scope[parameter] = given.get(parameter) ?? missingOrNull(parameter, given);
  return scope;
}

function missingOrNull(parameter: string, given: ReadonlyMap<string, CelInput>): CelScope[string] {
  return given.has(parameter) ? null : missingParameter(parameter);
}
