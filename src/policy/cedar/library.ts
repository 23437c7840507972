/** `countersign/cedar`: what the package offers of Cedar, and nothing else of this folder is public. */

export { type Backend, type CedarPolicySet, type CedarSource, compileCedar } from './compile.ts';
export type { CedarJson, CedarJsonObject, CedarRequest } from './authorize/cedar-request.ts';
export { type EntityUid, formatUid } from './entity-uid.ts';
export type { CedarDetermination } from './explain/determine.ts';
export type {
  CedarExplanation,
  Change,
  FailedCondition,
  NearMiss,
  NoPermit,
  PolicyError,
  ReadValue,
} from './explain/explanation.ts';
export type { JsonPolicySet, PoliciesInput } from './parse/parse-policies.ts';
export { parseCedarJson } from './schema/cedar-json.ts';
export type { CedarSchema } from './schema/cedar-schema.ts';
export { loadCedarSchema } from './schema/load-schema.ts';
export type { CedarPage, CedarQuery } from './search/cedar-query.ts';
export { type EntityJson, EntityStore } from './store/entity-store.ts';
export type { PolicySource, PolicySyntax, TemplateLink } from './syntax.ts';
export type { Problem } from '../../kernel/problem.ts';
export type { Result } from '../../kernel/result.ts';
export type { SourceSpan } from '../../kernel/source-span.ts';
