/** What evaluation needs of caveats: one function, so that it knows nothing of their language. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type CaveatOutcome, type CompiledCaveat, compileCaveat } from '../caveat/compile-caveat.ts';
import type { RelationSchema } from '../schema/schema.ts';

/** What a relationship stores goes before what the request says. */
export type EvaluateCaveat = (name: string, stored: JsonObject, request: JsonObject) => CaveatOutcome;

/** The caveats of a schema. The problems are those of their expressions, with their places. */
export function caveatEvaluator(schema: RelationSchema): Result<EvaluateCaveat, readonly Problem[]> {
  const compiled = new Map<string, CompiledCaveat>();
  const problems: Problem[] = [];
  for (const definition of schema.caveats.values()) {
    const made = compileCaveat(definition, schema.source);
    if (made.ok) compiled.set(definition.name, made.value);
    else problems.push(...made.problem);
  }
  if (problems.length > 0) return err(problems);
  return ok((name, stored, request) => compiled.get(name)?.evaluate(stored, request) ?? unknownCaveat(name));
}

/** A relationship of an older schema may name it still. */
function unknownCaveat(name: string): CaveatOutcome {
  const message = `the schema has no caveat \`${name}\`, which a relationship names`;
  return { kind: 'error', problem: { code: 'relations/unknown-caveat', message } };
}
