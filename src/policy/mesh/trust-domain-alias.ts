/** `cluster.local` and the aliases of the trust domain in policies, replaced as Istio replaces them. */

/** How policies that know nothing of the mesh name its trust domain. */
const LOCAL = 'cluster.local';

export type TrustDomains = {
  /** The mesh's own trust domain first, then its aliases, whose identities count as its own. */
  readonly all: readonly string[];
};

/**
 * A principal of five segments whose trust domain is `cluster.local`, or one of the mesh's, or a wildcard that covers
 * one of the mesh's, becomes one principal for each trust domain of the mesh. Any other stays as it is: a foreign
 * trust domain, `*` for all of them, and what has not the shape of a mesh identity.
 */
export function expandPrincipals(values: readonly string[], domains: TrustDomains): readonly string[] {
  return values.flatMap((value) => expandPrincipal(value, domains));
}

function expandPrincipal(value: string, { all }: TrustDomains): readonly string[] {
  const [domain = '', ...path] = value.split('/');
  if (path.length !== 4 || domain === '*') return [value];
  if (domain !== LOCAL && !all.some((own) => covers(domain, own))) return [value];
  // A wildcard before the trust domain's end covers it as it stands; for the others the name is put in its place.
  return [...new Set(all.map((own) => (coversEnd(domain, own) ? value : [own, ...path].join('/'))))];
}

/** The mesh's trust domain, or one of its aliases, stands for all of them. */
export function expandTrustDomains(values: readonly string[], { all }: TrustDomains): readonly string[] {
  return [...new Set(values.flatMap((value) => (all.includes(value) ? all : [value])))];
}

function covers(pattern: string, domain: string): boolean {
  if (pattern === domain || coversEnd(pattern, domain)) return true;
  return pattern.endsWith('*') && domain.startsWith(pattern.slice(0, -1));
}

function coversEnd(pattern: string, domain: string): boolean {
  return pattern.startsWith('*') && domain.endsWith(pattern.slice(1));
}
