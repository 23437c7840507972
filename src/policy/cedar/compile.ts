/** Cedar policies compiled: from text or JSON to a set that decides in about a microsecond, explains and searches. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { authorizer, type Decide } from './authorize/authorizer.ts';
import type { CedarRequest } from './authorize/cedar-request.ts';
import { type CompiledPolicy, PolicyIndex } from './authorize/policy-index.ts';
import { scopeOf } from './authorize/scope.ts';
import { interpretPolicies } from './emit/interpreted.ts';
import { codeGenerationAllowed, emitPolicies } from './emit/javascript.ts';
import { type CedarDetermination, determineRequest } from './explain/determine.ts';
import { explainRequest } from './explain/explain.ts';
import type { CedarExplanation } from './explain/explanation.ts';
import { parsePolicies, type PoliciesInput } from './parse/parse-policies.ts';
import { type Constants, planExpression } from './plan/plan-expression.ts';
import type { CedarSchema } from './schema/cedar-schema.ts';
import { validateCedar } from './schema/validate.ts';
import type { CedarPage, CedarQuery } from './search/cedar-query.ts';
import { answerQuery } from './search/query.ts';
import { EntityStore } from './store/entity-store.ts';
import type { PolicySyntax } from './syntax.ts';

export type Backend = 'javascript' | 'closures';

export type CedarSource = PoliciesInput & {
  /** Given, the policies are validated strictly, and entities, requests and contexts are checked against it. */
  readonly schema?: CedarSchema;
  /** `off`: policies are not validated; entities and requests still are. Default `strict`. */
  readonly validate?: 'strict' | 'off';
  /** How many entities an expression may go through, one after another, to reach data (Cedar RFC 76). Default: any. */
  readonly level?: number;
  /** What the policies are decided against, shared by as many sets as you like. Default: a new one, with the schema. */
  readonly entities?: EntityStore;
  /** Default: `javascript` where code generation is allowed, otherwise `closures`, which is slower and equal. */
  readonly backend?: Backend;
  /** What a forbid that errs does: `skip` it as Cedar does (default), or `deny`, which fails closed. */
  readonly forbidErrors?: 'skip' | 'deny';
};

export type CedarPolicySet = {
  /** Static and linked policies in their order. */
  readonly policies: readonly PolicySyntax[];
  readonly entities: EntityStore;
  readonly backend: Backend;
  /** What validation found worth a look. */
  readonly warnings: readonly Problem[];
  /** Allow or deny, by the first decisive policy. A request that is malformed or not valid is denied. */
  readonly decide: Decide;
  /** The same decision with the policies that determined it and those that erred: for a record of each decision. */
  readonly determine: (request: CedarRequest) => CedarDetermination;
  /** The same decision with its reasons, errors, and for a denial what would have changed it. */
  readonly explain: (request: CedarRequest) => CedarExplanation;
  /** Which principals, actions or resources of the store would be allowed: all of them, page by page. */
  readonly query: (query: CedarQuery) => Result<CedarPage>;
};

/** All problems at once: of the text (`cedar/…`) with their places, then of validation. */
export async function compileCedar(source: CedarSource): Promise<Result<CedarPolicySet, readonly Problem[]>> {
  const parsed = parsePolicies(source);
  if (!parsed.ok) return parsed;
  const entities = source.entities ?? new EntityStore(source.schema === undefined ? {} : { schema: source.schema });
  const schema = source.schema ?? entities.schema;
  if (schema !== entities.schema) return err([OTHER_SCHEMA]);
  if (schema === undefined || source.validate === 'off')
    return ok(assemble(parsed.value.policies, entities, [], source));
  const { level } = source;
  const validated = await validateCedar(parsed.value, schema, level === undefined ? {} : { level });
  if (validated.errors.length > 0) return err(validated.errors);
  return ok(assemble(parsed.value.policies, entities, validated.warnings, source));
}

const OTHER_SCHEMA: Problem = {
  code: 'cedar/other-schema',
  message: 'the entities were made with another schema than the policies are to be validated with',
  hint: 'give both the same schema: `new EntityStore({ schema })`',
};

function assemble(
  policies: readonly PolicySyntax[],
  entities: EntityStore,
  warnings: readonly Problem[],
  { backend: wanted, forbidErrors }: CedarSource,
): CedarPolicySet {
  const backend = wanted === 'closures' || !codeGenerationAllowed() ? 'closures' : 'javascript';
  const compiled = compilePolicies(policies, entities, backend);
  const index = new PolicyIndex(compiled, entities.schema);
  const failClosed = forbidErrors === 'deny';
  const explained = { entities, policies: compiled, index, failClosed };
  return {
    policies,
    entities,
    backend,
    warnings,
    decide: authorizer(entities, index, failClosed),
    determine: (request) => determineRequest(explained, request),
    explain: (request) => explainRequest(explained, request),
    query: (query) => answerQuery(explained, query),
  };
}

function compilePolicies(policies: readonly PolicySyntax[], entities: EntityStore, backend: Backend): CompiledPolicy[] {
  const constants: Constants = {
    entity: (type, id) => entities.intern({ type, id }),
    entityType: (name) => entities.internType(name),
  };
  const prepared = policies.map((syntax, order) => {
    const scope = scopeOf(syntax, constants);
    const conditions = syntax.conditions.map(({ kind, body }) => {
      return { body: planExpression(body, constants), wanted: kind === 'when' };
    });
    return { syntax, order, scope, planned: { tests: scope.tests, conditions } };
  });
  const planned = prepared.map((policy) => policy.planned);
  const runs = backend === 'javascript' ? emitPolicies(planned) : interpretPolicies(planned);
  return prepared.map((policy, order) => ({ ...policy, run: runs[order] as CompiledPolicy['run'] }));
}
