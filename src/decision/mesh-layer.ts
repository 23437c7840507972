/** The mesh as a layer: an access request in the terms that Istio's policies speak of. */
import { isIP } from 'node:net';

import type { WorkloadFacts } from '../inventory/workload.ts';
import { type AccessRequest, CONNECT, HTTP_REQUEST, WORKLOAD } from '../kernel/access-request.ts';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { parseSpiffeId } from '../kernel/spiffe-id.ts';
import type { Explanation, Verdict } from '../kernel/verdict.ts';
import type { MeshGuard, MeshPolicySet } from '../policy/mesh/compile.ts';
import type { MeshRequest } from '../policy/mesh/mesh-request.ts';
import { normalizePath } from '../policy/mesh/normalize-path.ts';
import type { Layer } from './layer.ts';

/** The mesh speaks of connections and HTTP requests to workloads; to everything else it is silent. */
const SILENT: Verdict = { kind: 'abstain', speaks: false, reasons: [] };

export function meshLayer(mesh: MeshPolicySet, workloads: ReadonlyMap<string, WorkloadFacts>): Layer {
  const guards = new Map<string, MeshGuard>();
  for (const [id, workload] of workloads) guards.set(id, mesh.forWorkload(workload));

  /** The guard of the resource and the request in its terms, or the verdict where there is nothing to ask. */
  const translate = (request: AccessRequest): { readonly guard: MeshGuard; readonly mesh: MeshRequest } | Verdict => {
    const { action, resource } = request;
    if (resource.type !== WORKLOAD || (action.name !== CONNECT && action.name !== HTTP_REQUEST)) return SILENT;
    const guard = guards.get(resource.id);
    if (guard === undefined) return SILENT;
    const translated = meshRequest(request);
    return translated.ok ? { guard, mesh: translated.value } : fault(translated.problem);
  };

  return {
    name: 'mesh',
    tier: 'mesh',
    decide: (request) => {
      const translated = translate(request);
      return 'guard' in translated ? translated.guard.decide(translated.mesh) : translated;
    },
    explain: (request): Explanation => {
      const translated = translate(request);
      if ('guard' in translated) return translated.guard.explain(translated.mesh);
      return { verdict: translated, remedies: remediesOfSilence(request, translated) };
    },
  };
}

function remediesOfSilence({ resource }: AccessRequest, verdict: Verdict): Explanation['remedies'] {
  if (verdict.kind !== 'abstain' || resource.type !== WORKLOAD) return [];
  return [{ message: `declare \`${resource.id}\` as a workload, and write an AuthorizationPolicy that selects it` }];
}

/** What an enforcement point must say of a request; the message names what is missing. */
function meshRequest({ subject, action, resource, context }: AccessRequest): Result<MeshRequest, string> {
  const source = objectAt(context, 'source')?.['ip'];
  const connection = objectAt(context, 'connection');
  const mtls = connection?.['mtls'];
  const port = resource.properties?.['port'];
  if (typeof source !== 'string') return err('the request lacks `context.source.ip`');
  // It would lie in no block: a DENY of blocks would not match it, and an ALLOW of all other blocks would.
  if (isIP(source) === 0) return err('`context.source.ip` is not an IP address');
  if (typeof mtls !== 'boolean') return err('the request lacks `context.connection.mtls`');
  if (typeof port !== 'number') return err('the request lacks `resource.properties.port`');
  const principal = principalOf(subject, mtls);
  if (!principal.ok) return err(`\`subject.id\` is no identity: ${principal.problem.message}`);
  const base = { mtls, sourceIp: source, destinationPort: port, ...principal.value, ...sniOf(connection) };
  if (action.name === CONNECT) {
    const protocol = action.properties?.['protocol'];
    if (protocol !== 'http' && protocol !== 'tcp') return err('the request lacks `action.properties.protocol`');
    return ok({ ...base, protocol });
  }
  const { method, path, host } = { ...action.properties };
  if (typeof method !== 'string' || typeof path !== 'string' || typeof host !== 'string') {
    return err('the request lacks `method`, `path` or `host` in `action.properties`');
  }
  const normalized = normalizePath(path);
  if (!normalized.ok) return err(normalized.problem.message);
  return ok({ ...base, protocol: 'http', http: { method, path: normalized.value, host } });
}

/** Only an identity that was proven by mutual TLS is a principal. */
function principalOf(subject: AccessRequest['subject'], mtls: boolean): Result<Pick<MeshRequest, 'principal'>> {
  if (subject.type !== WORKLOAD || !mtls) return ok({});
  const id = parseSpiffeId(subject.id);
  return id.ok ? ok({ principal: id.value }) : id;
}

function sniOf(connection: JsonObject | undefined): Pick<MeshRequest, 'sni'> {
  const sni = connection?.['sni'];
  return typeof sni === 'string' ? { sni } : {};
}

function objectAt(value: JsonObject, field: string): JsonObject | undefined {
  const found: JsonValue | undefined = value[field];
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as JsonObject) : undefined;
}

function fault(message: string): Verdict {
  return { kind: 'fault', reasons: [{ message }] };
}
