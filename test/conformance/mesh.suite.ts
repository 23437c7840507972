/**
 * Istio's own cases. `validation/`: each object is taken or refused as Istio does. `authz/`: what the compiled policies
 * decide is what Envoy decides by the filters that Istio makes of them, on requests near the constants of both; once
 * for each file as it is, and once rule by rule (`by rule`), without the values `*` that hide all others in a list and
 * without the fields that are refused here. `ambient/`: PeerAuthentication by the L4 policy that ztunnel gets.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

import type { TrustDomain } from '../../src/kernel/trust-domain.ts';
import { compileMesh, type MeshPolicySet, type MeshSource } from '../../src/policy/mesh/compile.ts';
import type { MeshRequest } from '../../src/policy/mesh/mesh-request.ts';
import { type Part, passes, policyMatches, type RbacPolicy, readFilter } from './envoy-rbac.ts';
import { clausesOfFilter, clausesOfRule, pruneFilterPolicy, prunePolicyRule } from './mesh-pruning.ts';
import { dimensionsOf, requestsNear } from './mesh-requests.ts';
import type { CaseResult } from './suite.ts';

const REQUESTS = 4000;
const HEAD = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy' };
const HTTPBIN = { namespace: 'foo', labels: { app: 'httpbin', version: 'v1' } };

/** The trust domains that a file was compiled with; they stand in Istio's test, not in the file. */
const TRUST_DOMAINS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'simple-policy-multiple-td-aliases': ['td1', 'cluster.local', 'some-td'],
  'simple-policy-principal-with-wildcard': ['td1', 'foobar'],
  'td-aliases-source-principal': ['new-td', 'old-td', 'some-trustdomain'],
};

type Policy = {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly action?: string; readonly rules?: readonly unknown[]; readonly [field: string]: unknown };
};

export async function* run(folder: string): AsyncIterable<CaseResult> {
  yield* validation(join(folder, 'validation'));
  for (const protocol of ['http', 'tcp'] as const) yield* authz(join(folder, 'authz', protocol), protocol);
  yield* ambient(join(folder, 'ambient'));
}

function files(folder: string, pattern: string): readonly string[] {
  return globSync(pattern, { cwd: folder }).sort();
}

function* validation(folder: string): Iterable<CaseResult> {
  for (const file of files(folder, '*.yaml')) {
    const refused = file.endsWith('-invalid.yaml');
    for (const text of readFileSync(join(folder, file), 'utf8').split(/^---$/mu)) {
      const name = `validation/${file} ${/^ {2}name: (.*)$/mu.exec(text)?.[1] ?? ''}`;
      const wanted = /^_err: (.*)$/mu.exec(text)?.[1];
      const compiled = compile(text.replace(/^_err: .*$/mu, ''));
      if (compiled.ok !== refused) yield { name };
      else if (compiled.ok) yield { name, failure: `wanted a refusal (${wanted}), and it was taken` };
      else yield { name, failure: `wanted it to be taken, and it was refused: ${compiled.message}` };
    }
  }
}

type Compiled = { readonly ok: true; readonly set: MeshPolicySet } | { readonly ok: false; readonly message: string };

function compile(text: string, domains: readonly [string, ...string[]] = ['td.example']): Compiled {
  const [own, ...aliases] = domains as readonly string[] as readonly [TrustDomain, ...TrustDomain[]];
  const source: MeshSource = { files: [{ file: 'in.yaml', text }], trustDomain: own, trustDomainAliases: aliases };
  const result = compileMesh(source);
  if (result.ok) return { ok: true, set: result.value };
  return { ok: false, message: [...new Set(result.problem.map(({ message }) => message))].join('; ') };
}

function* authz(folder: string, protocol: 'http' | 'tcp'): Iterable<CaseResult> {
  const outputs = Map.groupBy(files(folder, '*-out*.yaml'), (file) => file.replace(/-out\d*\.yaml$/u, ''));
  for (const [name, goldens] of outputs) {
    const input = name.replace(/^extended-/u, '');
    const [file] = files(folder, `${input}-in.yaml`);
    const title = `authz/${protocol}/${name}`;
    if (file === undefined) {
      yield { name: title, failure: 'the policy that these filters were made of is not among the files' };
      continue;
    }
    const text = readFileSync(join(folder, file), 'utf8');
    const filters = goldens.map((golden) => parse(readFileSync(join(folder, golden), 'utf8'))[0] as Part);
    const domains = TRUST_DOMAINS[input] ?? ['td.example'];
    yield compareWhole(title, text, domains, filters, protocol);
    if (!text.includes('action: CUSTOM')) yield compareByRule(`${title} by rule`, text, domains, filters, protocol);
  }
}

function parse(text: string): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as unknown) ?? []);
}

function compareWhole(
  name: string,
  text: string,
  domains: readonly [string, ...string[]],
  filters: readonly Part[],
  protocol: 'http' | 'tcp',
): CaseResult {
  const compiled = compile(text, domains);
  if (!compiled.ok) return { name, failure: `refused: ${compiled.message}` };
  const guard = compiled.set.forWorkload(HTTPBIN);
  const read = filters.map(readFilter);
  for (const request of requestsNear(dimensionsOf(parse(text), domains), protocol, REQUESTS)) {
    const wanted = passes(read, request);
    const { kind } = guard.decide(request);
    // Where no policy speaks Istio lets pass what is denied by default here.
    const came = kind === 'permit' || (kind === 'abstain' && !speaks(guard.decide(request)));
    if (came !== wanted)
      return { name, failure: `Envoy ${wanted ? 'passes' : 'refuses'}, here is ${kind}: ${show(request)}` };
  }
  return { name };
}

function speaks(verdict: { readonly kind: string; readonly speaks?: boolean }): boolean {
  return verdict.speaks !== false;
}

function compareByRule(
  name: string,
  text: string,
  domains: readonly [string, ...string[]],
  filters: readonly Part[],
  protocol: 'http' | 'tcp',
): CaseResult {
  const golden = new Map(filters.flatMap((filter) => [...policiesOf(filter)]));
  for (const policy of parse(text) as readonly Policy[]) {
    for (const [index, rule] of (policy.spec.rules ?? []).entries()) {
      const wanted = golden.get(`ns[foo]-policy[${policy.metadata.name}]-rule[${index}]`);
      const failure = compareRule(policy, prunePolicyRule(rule), domains, wanted, protocol);
      if (failure !== undefined) return { name, failure: `${policy.metadata.name} rules[${index}]: ${failure}` };
    }
  }
  return { name };
}

/** Shadow rules too: by rule it does not matter whether they are enforced. */
function policiesOf(filter: Part): Iterable<readonly [string, RbacPolicy]> {
  const config = filter['typedConfig'] as { rules?: unknown; shadowRules?: unknown };
  return [config.rules, config.shadowRules].flatMap((rules) =>
    Object.entries((rules as { policies?: Record<string, RbacPolicy> } | undefined)?.policies ?? {}),
  );
}

function compareRule(
  { metadata, spec }: Policy,
  rule: ReturnType<typeof prunePolicyRule>,
  domains: readonly [string, ...string[]],
  golden: RbacPolicy | undefined,
  protocol: 'http' | 'tcp',
): string | undefined {
  const object = {
    ...HEAD,
    metadata: { name: metadata.name, namespace: metadata.namespace },
    spec: { ...spec, rules: [rule] },
  };
  const compiled = compile(stringify(object), domains);
  if (!compiled.ok) return `refused: ${compiled.message}`;
  const guard = compiled.set.forWorkload(HTTPBIN);
  const pruned = golden === undefined ? undefined : pruneFilterPolicy(golden);
  const matching = spec.action === 'DENY' ? 'forbid' : 'permit';
  let matched = 0;
  for (const request of requestsNear(dimensionsOf(rule, domains), protocol, REQUESTS)) {
    const wanted = pruned !== undefined && policyMatches(pruned, request);
    const { kind } = guard.decide(request);
    if ((kind === matching) !== wanted)
      return `Envoy ${wanted ? 'matches' : 'does not match'}, here is ${kind}: ${show(request)}`;
    if (wanted) matched += 1;
  }
  return matched === 0 && pruned !== undefined
    ? compareByClause(metadata.name, rule, domains, pruned, protocol)
    : undefined;
}

/**
 * For a rule that no request matches, since it wants two addresses or two names of one caller at once: each clause by
 * itself does what one part of the filter does, and each part what one clause does.
 */
function compareByClause(
  name: string,
  rule: ReturnType<typeof prunePolicyRule>,
  domains: readonly [string, ...string[]],
  golden: RbacPolicy,
  protocol: 'http' | 'tcp',
): string | undefined {
  const requests = [...requestsNear(dimensionsOf(rule, domains), protocol, REQUESTS)];
  const behaviour = (matches: (request: MeshRequest) => boolean): string =>
    requests.map((request) => (matches(request) ? '1' : '0')).join('');
  const parts = new Set(clausesOfFilter(golden).map((part) => behaviour((request) => policyMatches(part, request))));
  const clauses = new Set(
    clausesOfRule(rule).flatMap((clause): string[] => {
      const spec = { action: 'ALLOW', rules: [clause] };
      const compiled = compile(stringify({ ...HEAD, metadata: { name, namespace: 'foo' }, spec }), domains);
      if (!compiled.ok) throw new Error(compiled.message);
      const guard = compiled.set.forWorkload(HTTPBIN);
      return isHttp(clause) && protocol === 'tcp'
        ? []
        : [behaviour((request) => guard.decide(request).kind === 'permit')];
    }),
  );
  if ([...parts].some((part) => !part.includes('1') || !part.includes('0'))) {
    return 'a part of the filter matches every request or none: the comparison says nothing about it';
  }
  const missing = parts.difference(clauses).size;
  const more = clauses.difference(parts).size;
  return missing + more === 0
    ? undefined
    : `${missing} parts of the filter, and ${more} clauses here, have no counterpart`;
}

/** On TCP a DENY has none of these, which is the reason that `clausesOfFilter` does not have them either. */
function isHttp(clause: unknown): boolean {
  return /"(?:not)?(?:methods|paths|hosts)"/iu.test(JSON.stringify(clause));
}

function* ambient(folder: string): Iterable<CaseResult> {
  for (const file of files(folder, '*-in.yaml')) {
    const name = `ambient/${basename(file, '-in.yaml')}`;
    const text = readFileSync(join(folder, file), 'utf8');
    const golden = parse(readFileSync(join(folder, file.replace('-in.yaml', '.yaml')), 'utf8'))[0];
    const compiled = compile(text);
    if (!compiled.ok) {
      yield { name, failure: `refused: ${compiled.message}` };
      continue;
    }
    const failure = comparePeers(compiled.set, text, golden as L4Policy | undefined);
    yield failure === undefined ? { name } : { name, failure };
  }
}

type L4Match = {
  readonly destinationPorts?: number[];
  readonly notDestinationPorts?: number[];
  readonly notPrincipals?: unknown;
};
type L4Policy = {
  readonly namespace?: string;
  readonly groups: readonly { readonly rules: readonly { readonly matches: readonly L4Match[] }[] }[];
};

/** What a caller without an identity gets, port by port. */
function comparePeers(set: MeshPolicySet, text: string, golden: L4Policy | undefined): string | undefined {
  const namespace = golden?.namespace ?? (text.includes('namespace: foo') ? 'foo' : 'default');
  const guard = set.forWorkload({ namespace, labels: { app: 'a' } });
  for (const destinationPort of [80, 8080, 9090]) {
    const request: MeshRequest = { mtls: false, sourceIp: '10.0.0.1', destinationPort, protocol: 'tcp' };
    // Without an output the policy is either none, or the one that refuses everything and that is made once for all.
    const wanted =
      golden === undefined ? /^ {2}mtls:\n {4}mode: STRICT/mu.test(text) : refuses(golden, destinationPort);
    const { kind } = guard.decide(request);
    if ((kind === 'forbid') !== wanted)
      return `port ${destinationPort}: ztunnel ${wanted ? 'refuses' : 'passes'}, here is ${kind}`;
    if (guard.decide({ ...request, mtls: true }).kind === 'forbid')
      return `port ${destinationPort}: mutual TLS is refused`;
  }
  return undefined;
}

/** Groups are alternatives, their rules must all hold, of a rule's matches one. */
function refuses({ groups }: L4Policy, port: number): boolean {
  const holds = ({ destinationPorts, notDestinationPorts }: L4Match): boolean =>
    destinationPorts?.includes(port) !== false && notDestinationPorts?.includes(port) !== true;
  return groups.some(({ rules }) => rules.every(({ matches }) => matches.some(holds)));
}

function show(request: MeshRequest): string {
  return JSON.stringify(request);
}
