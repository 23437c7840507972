/** `countersign.yaml`, parsed: the trust domain, its workloads, and where policies and state are kept. */
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SourceSpan } from '../kernel/source-span.ts';
import { meshId, parseSpiffeId, type SpiffeId } from '../kernel/spiffe-id.ts';
import { parseTrustDomain, type TrustDomain } from '../kernel/trust-domain.ts';
import { type CedarNames, cedarNamesOf, DEFAULT_CEDAR_NAMES } from './cedar-names.ts';
import { declarationSchema, type RawDeclaration, type RawWorkload } from './declaration-schema.ts';
import { impliedRegoLayers, REGO_LAYER_FIELDS, type RegoLayerSettings, regoLayersOf } from './rego-layers.ts';
import type { Expectation } from './scenario.ts';
import type { Attestation, Calls, UnixAttestation, Workload } from './workload.ts';
import { locateYaml, type LocatedYaml, schemaProblems } from './yaml-problems.ts';

export type Declaration = {
  readonly trustDomain: TrustDomain;
  /** Of workloads and policies that name none. */
  readonly namespace: string;
  /** Relative to the file, as written. */
  readonly policies: string;
  readonly state: string;
  readonly sockets?: string;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly cedar: CedarNames;
  readonly rego: readonly RegoLayerSettings[];
  readonly expect: readonly Expectation[];
};

/** An hour: short enough that a stolen key is soon worthless, long enough that an outage of the server is survived. */
const DEFAULT_SVID_TTL_SECONDS = 3600;

/** Kubernetes' own. */
const DEFAULT_NAMESPACE = 'default';

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  document: ['trustDomain', 'namespace', 'policies', 'state', 'sockets', 'workloads', 'cedar', 'rego', 'expect'],
  workload: [
    ...['namespace', 'serviceAccount', 'labels', 'command', 'job', 'environment', 'attest'],
    ...['svidTtlSeconds', 'record', 'serves', 'calls'],
  ],
  attest: ['uid', 'gid', 'path', 'sha256'],
  serves: ['port', 'listen', 'protocol'],
  calls: ['port', 'address', 'id'],
  cedar: ['namespace', 'types', 'actions'],
  rego: REGO_LAYER_FIELDS,
  expect: ['from', 'to', 'what', 'outcome', 'because'],
};

function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return FIELDS['document'] ?? [];
  if (path[0] === 'expect' || path[0] === 'cedar' || path[0] === 'rego') return FIELDS[path[0]] ?? [];
  if (path.length === 2) return FIELDS['workload'] ?? [];
  return FIELDS[String(path[2])] ?? [];
}

/**
 * Parses and checks the whole text; every problem found is reported, with its place. Codes: `config/yaml`,
 * `/unknown-field`, `/missing-field`, `/bad-value`, `/bad-trust-domain`, `/unknown-service`, `/port-used-twice`,
 * `/duplicate-identity`, `/not-served`.
 */
export function parseDeclaration(file: string, text: string): Result<Declaration, readonly Problem[]> {
  const yaml = locateYaml(file, text);
  if (!('value' in yaml)) return err(yaml);
  const parsed = declarationSchema.safeParse(yaml.value);
  if (!parsed.success) return err(schemaProblems(parsed.error.issues, yaml, fieldsAt));
  return resolve(parsed.data, yaml);
}

function resolve(raw: RawDeclaration, yaml: LocatedYaml): Result<Declaration, readonly Problem[]> {
  const trustDomain = parseTrustDomain(raw.trustDomain);
  if (!trustDomain.ok) {
    const at = yaml.spanOf(['trustDomain']);
    return err([{ ...trustDomain.problem, code: 'config/bad-trust-domain', at }]);
  }
  const problems: Problem[] = [];
  const workloads = new Map<string, Workload>();
  for (const [name, entry] of Object.entries(raw.workloads)) {
    const workload = resolveWorkload(name, entry, raw, trustDomain.value, yaml);
    if (workload.ok) workloads.set(name, workload.value);
    else problems.push(...workload.problem);
  }
  problems.push(
    ...problemsOfServices(workloads, yaml),
    ...problemsOfPorts(workloads, yaml),
    ...problemsOfIds(workloads, yaml),
  );
  if (problems.length > 0) return err(problems);
  const policies = raw.policies ?? 'policies';
  return ok({
    trustDomain: trustDomain.value,
    namespace: raw.namespace ?? DEFAULT_NAMESPACE,
    policies,
    state: raw.state ?? '.countersign',
    ...(raw.sockets === undefined ? {} : { sockets: raw.sockets }),
    workloads,
    cedar: raw.cedar === undefined ? DEFAULT_CEDAR_NAMES : cedarNamesOf(raw.cedar),
    rego: raw.rego === undefined ? impliedRegoLayers(policies) : regoLayersOf(raw.rego),
    expect: (raw.expect ?? []).map(({ because, ...wanted }) =>
      because === undefined ? wanted : { ...wanted, because },
    ),
  });
}

function resolveWorkload(
  name: string,
  raw: RawWorkload,
  { namespace: fallback }: RawDeclaration,
  trustDomain: TrustDomain,
  yaml: LocatedYaml,
): Result<Workload, readonly Problem[]> {
  const namespace = raw.namespace ?? fallback ?? DEFAULT_NAMESPACE;
  const serviceAccount = raw.serviceAccount ?? name;
  const id = meshId(trustDomain, namespace, serviceAccount);
  if (!id.ok) return err([{ ...id.problem, at: yaml.spanOf(['workloads', name], 'key') }]);
  const calls: Calls[] = [];
  for (const [service, call] of Object.entries(raw.calls ?? {})) {
    const resolved = resolveCall(service, call, yaml.spanOf(['workloads', name, 'calls', service], 'key'));
    if (!resolved.ok) return err([resolved.problem]);
    calls.push(resolved.value);
  }
  const { serves } = raw;
  return ok({
    name,
    id: id.value,
    namespace,
    serviceAccount,
    labels: raw.labels ?? { app: name },
    ...(raw.command === undefined ? {} : { command: words(raw.command) }),
    job: raw.job ?? false,
    environment: raw.environment ?? {},
    attestation: attestationOf(raw),
    svidTtlSeconds: raw.svidTtlSeconds ?? DEFAULT_SVID_TTL_SECONDS,
    record: raw.record ?? 'prompt',
    ...(serves === undefined
      ? {}
      : { serves: { port: serves.port, listen: serves.listen ?? 0, protocol: serves.protocol ?? 'http' } }),
    calls,
  });
}

function words(command: string | readonly string[]): readonly string[] {
  return typeof command === 'string' ? command.split(/\s+/u).filter((word) => word !== '') : command;
}

function attestationOf({ attest }: RawWorkload): Attestation {
  if (attest === undefined) return { kind: 'started' };
  const given = Object.entries(attest).filter(([, value]) => value !== undefined);
  return { kind: 'unix', ...(Object.fromEntries(given) as Omit<UnixAttestation, 'kind'>) };
}

type RawCall = { readonly port: number; readonly address?: string | undefined; readonly id?: string | undefined };

function resolveCall(service: string, { port, address, id }: RawCall, at: SourceSpan): Result<Calls> {
  if (address === undefined && id === undefined) return ok({ service, port });
  if (address === undefined || id === undefined) {
    const message = `\`${service}\` needs both \`address\` and \`id\`, or neither`;
    const hint =
      'a service that is declared here needs neither; one elsewhere is reached at an address and must prove an id';
    return err({ code: 'config/bad-value', message, hint, at });
  }
  const identity = parseSpiffeId(id);
  if (!identity.ok) return err({ ...identity.problem, at });
  const colon = address.lastIndexOf(':');
  const elsewhere = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), id: identity.value };
  return ok({ service, port, elsewhere });
}

function problemsOfServices(workloads: ReadonlyMap<string, Workload>, yaml: LocatedYaml): Problem[] {
  const problems: Problem[] = [];
  for (const { name, calls } of workloads.values()) {
    for (const { service, elsewhere } of calls) {
      if (elsewhere !== undefined || workloads.get(service)?.serves !== undefined) continue;
      const at = yaml.spanOf(['workloads', name, 'calls', service], 'key');
      problems.push(
        workloads.has(service)
          ? {
              code: 'config/not-served',
              message: `\`${name}\` calls \`${service}\`, which serves nothing`,
              hint: `add \`serves: { port: … }\` to \`${service}\``,
              at,
            }
          : {
              code: 'config/unknown-service',
              message: `\`${name}\` calls \`${service}\`, which is not declared`,
              hint: 'declare it under `workloads`, or give the call an `address` and an `id`',
              at,
            },
      );
    }
  }
  return problems;
}

function problemsOfPorts(workloads: ReadonlyMap<string, Workload>, yaml: LocatedYaml): Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<number, string>();
  const take = (port: number, path: readonly string[]): void => {
    const where = path.join('.');
    const other = taken.get(port);
    if (port !== 0 && other !== undefined) {
      const message = `port ${port} of \`${where}\` is already that of \`${other}\``;
      problems.push({
        code: 'config/port-used-twice',
        message,
        hint: 'give each a port of its own',
        at: yaml.spanOf(path),
      });
    }
    taken.set(port, where);
  };
  for (const { name, serves, calls } of workloads.values()) {
    if (serves !== undefined) {
      take(serves.port, ['workloads', name, 'serves', 'port']);
      take(serves.listen, ['workloads', name, 'serves', 'listen']);
    }
    for (const { service, port } of calls) take(port, ['workloads', name, 'calls', service, 'port']);
  }
  return problems;
}

function problemsOfIds(workloads: ReadonlyMap<string, Workload>, yaml: LocatedYaml): Problem[] {
  const owner = new Map<SpiffeId, string>();
  const problems: Problem[] = [];
  for (const { name, id } of workloads.values()) {
    const other = owner.get(id);
    if (other !== undefined) {
      const message = `\`${name}\` and \`${other}\` would both be \`${id}\``;
      const hint = 'give one of them another `namespace` or `serviceAccount`';
      problems.push({ code: 'config/duplicate-identity', message, hint, at: yaml.spanOf(['workloads', name], 'key') });
    }
    owner.set(id, name);
  }
  return problems;
}
