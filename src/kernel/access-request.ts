/** The one question: may this subject do this action on this resource, in this context? (AuthZEN 1.0 §5) */
import type { JsonObject } from './json.ts';

export type Entity = {
  readonly type: string;
  readonly id: string;
  readonly properties?: JsonObject;
};

export type Action = {
  readonly name: string;
  readonly properties?: JsonObject;
};

export type AccessRequest = {
  readonly subject: Entity;
  readonly action: Action;
  readonly resource: Entity;
  readonly context: JsonObject;
};

/** The subject of a caller that proved nothing: plaintext, or no certificate. */
export const ANONYMOUS: Entity = { type: 'anonymous', id: 'anonymous' };

/** Subject and resource type of a workload; the id is its SPIFFE ID. */
export const WORKLOAD = 'workload';

/**
 * Opening a connection to a workload (L4). Resource: the workload, with `properties.port`. Context:
 * `source: { ip, port }`, `destination: { ip, port }`, `connection: { mtls, sni? }`, `traceId`.
 */
export const CONNECT = 'connect';

/**
 * One HTTP request to a workload (L7): as `CONNECT`, with the action's properties `method`, `path` (without the
 * query), `host` (with its port, if any) and `protocol`.
 */
export const HTTP_REQUEST = 'http:request';
