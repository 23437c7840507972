/**
 * Levels (Cedar RFC 76): how many entities an expression goes through, one after another, to reach its data. Bounded,
 * so that whoever fetches entities for a request knows when all that can be read are there.
 */
import type { Problem } from '../../../kernel/problem.ts';
import { MAX_PROBLEMS } from '../limits.ts';
import type { ParsedPolicies } from '../parse/parse-policies.ts';
import { sourceSpan } from '../../source-position.ts';
import type { PolicySyntax, Span } from '../syntax.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { TypeInference } from './type-inference.ts';
import { LevelCheck } from './level-check.ts';
import { conditionOf } from './policy-condition.ts';
import { Hierarchy, requestEnvironments } from './request-environment.ts';

/**
 * For policies that strict validation has accepted: every place where a policy or a template goes deeper than `level`
 * (a whole number from 0) in some environment, or reads the data of an entity that it names itself. Codes:
 * `cedar/level-exceeded`, `cedar/literal-dereference`.
 */
export function validateLevel(
  { policies, templates }: ParsedPolicies,
  schema: CedarSchema,
  level: number,
): readonly Problem[] {
  if (!Number.isSafeInteger(level) || level < 0) throw new RangeError(`not a level: ${level}`);
  const hierarchy = new Hierarchy(schema);
  const environments = [...requestEnvironments(schema)];
  const problems: Problem[] = [];
  for (const policy of [...policies, ...templates]) {
    const condition = conditionOf(policy);
    const findings = new Findings();
    for (const environment of environments) {
      const inference = new TypeInference(schema, hierarchy, environment);
      inference.infer(condition);
      new LevelCheck(schema, inference.types, environment.action.uid, level, findings).check(condition);
    }
    problems.push(...findings.problems(policy, level));
    if (problems.length >= MAX_PROBLEMS) break;
  }
  return problems;
}

/** One for each place, however many environments it was found in. */
class Findings {
  readonly #levels = new Map<string, { readonly span: Span; readonly level: number }>();
  readonly #literals = new Map<string, Span>();

  exceeded(span: Span, level: number): void {
    const key = `${span.start}:${span.end}`;
    if (level > (this.#levels.get(key)?.level ?? 0)) this.#levels.set(key, { span, level });
  }

  literal(span: Span): void {
    this.#literals.set(`${span.start}:${span.end}`, span);
  }

  problems(policy: PolicySyntax, allowed: number): readonly Problem[] {
    const exceeded = [...this.#levels.values()].map(({ span, level }) => ({
      code: 'cedar/level-exceeded',
      message: `policy \`${policy.id}\`: this needs the entities of level ${level}, and the level allowed is ${allowed}`,
      hint: 'copy what is needed into the context, or into an entity that is nearer to the request',
      at: sourceSpan(policy.source, span),
    }));
    const literals = [...this.#literals.values()].map((span) => ({
      code: 'cedar/literal-dereference',
      message: `policy \`${policy.id}\`: the data of an entity that the policy names itself is at no level`,
      hint: 'reach the entity from `principal`, `action`, `resource` or `context`',
      at: sourceSpan(policy.source, span),
    }));
    return [...exceeded, ...literals];
  }
}
