/** `countersign/rego`: what the package offers of Rego, in Node and in browsers; nothing else of this folder is public. */

export { BuiltinError } from './builtins/builtin.ts';
export type { Builtin, BuiltinContext, BuiltinOutcome } from './builtins/builtin.ts';
export type { RegoType } from './builtins/rego-type.ts';
export {
  type Backend,
  compileRego,
  type PreparedDecision,
  type PreparedQuery,
  type RegoModule,
  type RegoPolicy,
  type RegoSource,
} from './compile.ts';
export type { EvaluateOptions, RegoFailure } from './evaluate/begin.ts';
export type { EvaluateAsyncOptions } from './network/evaluate-async.ts';
export { type NetworkAccess, networkAccess, type NetworkOptions } from './network/network-access.ts';
export type { IncomingResponse, OutgoingRequest, Transport } from './network/transport.ts';
export type { RegoVersion } from './syntax.ts';
export { elementsOf, entriesOf, get } from './values/access.ts';
export { equal } from './values/equal.ts';
export { formatJson, parseJson } from './values/json.ts';
export { makeObject } from './values/rego-map.ts';
export { makeSet } from './values/rego-set.ts';
export { toText } from './values/text.ts';
export {
  BigDecimal,
  type PlainObject,
  RegoMap,
  type RegoNumber,
  type RegoObject,
  RegoSet,
  type RegoValue,
} from './values/value.ts';
export type { PolicySource } from '../source-position.ts';
export type { Problem } from '../../kernel/problem.ts';
export type { Result } from '../../kernel/result.ts';
export type { SourceSpan } from '../../kernel/source-span.ts';
