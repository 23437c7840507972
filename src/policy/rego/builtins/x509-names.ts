/** Which names a certificate is good for: the host that is asked for, and what its issuers let it claim. */
import { containsBlock, parseIp, type IpBlock } from './net-address.ts';
import type { Certificate } from './x509-certificate.ts';
import { isDomain, type NameConstraints } from './x509-extensions.ts';

/** RFC 6125 §6.4 as Go reads it: a name or an address, never the common name. */
export function isForHost(certificate: Certificate, host: string): boolean {
  const names = certificate.says.names;
  const address = parseIp(/^\[.+\]$/u.test(host) ? host.slice(1, -1) : host);
  if (address !== undefined) return names?.ips.some((ip) => containsBlock(ip, address)) === true;
  const wanted = lowerCase(host);
  return names?.dns.some((pattern) => matchesHost(lowerCase(pattern), wanted)) === true;
}

/** ASCII alone. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

const LABEL = /^(?!-)[a-z0-9_-]+$/u;

function isHostname(host: string, isPattern: boolean): boolean {
  const labels = (isPattern ? host : host.replace(/\.$/u, '')).split('.');
  if (host === '*') return false;
  return labels.every((label, index) => LABEL.test(label) || (isPattern && index === 0 && label === '*'));
}

function matchesHost(pattern: string, host: string): boolean {
  if (!isHostname(host, false) || !isHostname(pattern, true)) {
    return pattern === host && pattern !== '' && pattern !== '.';
  }
  const [wanted, given] = [host.replace(/\.$/u, '').split('.'), pattern.split('.')];
  if (wanted.length !== given.length) return false;
  return given.every((label, index) => label === wanted[index] || (index === 0 && label === '*'));
}

/** RFC 5280 §4.2.1.10: every name below an issuer with constraints must be permitted, and none excluded. */
export function namesAreAllowed(chain: readonly Certificate[]): boolean {
  return chain.every((certificate, index) => {
    const constraining = chain.slice(index + 1).filter(({ says }) => hasConstraints(says.permitted, says.excluded));
    if (constraining.length === 0 || certificate.says.names === undefined) return true;
    const claimed = claimedNames(certificate);
    return claimed !== undefined && constraining.every(({ says }) => isAllowed(claimed, says.permitted, says.excluded));
  });
}

function hasConstraints(...constraints: readonly (NameConstraints | undefined)[]): boolean {
  return constraints.some((one) => one !== undefined && Object.values(one).some((list) => list.length > 0));
}

type Mailbox = { readonly local: string; readonly domain: string };

type Claimed = {
  readonly dns: readonly string[];
  readonly hosts: readonly string[];
  readonly mailboxes: readonly Mailbox[];
  readonly ips: readonly IpBlock[];
};

/** Undefined: a name cannot be held against constraints. */
function claimedNames({ says }: Certificate): Claimed | undefined {
  const { dns = [], emails = [], ips = [], uris = [] } = says.names ?? {};
  const hosts = uris.map(({ url }) => url.host.toLowerCase().replace(/:\d*$/u, ''));
  const areHosts = hosts.every((host) => host !== '' && parseIp(host) === undefined && !/[[\]:]/u.test(host));
  const mailboxes = emails.map((email) => parseMailbox(email));
  if (!areHosts || mailboxes.includes(undefined)) return undefined;
  const known = mailboxes as readonly Mailbox[];
  const domains = [...dns, ...hosts, ...known.map(({ domain }) => domain)];
  return domains.every((domain) => isDomain(domain, false)) ? { dns, hosts, mailboxes: known, ips } : undefined;
}

/** `local@domain` without quotes: others are refused where there are constraints. */
function parseMailbox(email: string): Mailbox | undefined {
  const parts = /^([^\s"(),:;<>@[\\\]]+)@([^\s@]+)$/u.exec(email);
  if (parts === null) return undefined;
  const [, local = '', domain = ''] = parts;
  return { local, domain: domain.toLowerCase() };
}

function isAllowed(
  claimed: Claimed,
  permitted: NameConstraints | undefined,
  excluded: NameConstraints | undefined,
): boolean {
  const within = <Name, Bound>(
    names: readonly Name[],
    bounds: (constraints: NameConstraints) => readonly Bound[],
    matches: (bound: Bound, name: Name, isExcluded: boolean) => boolean,
  ): boolean => {
    const [allowed, refused] = [permitted, excluded].map((one) => (one === undefined ? [] : bounds(one)));
    return names.every((name) => {
      const isPermitted =
        allowed === undefined || allowed.length === 0 || allowed.some((bound) => matches(bound, name, false));
      return isPermitted && refused?.some((bound) => matches(bound, name, true)) !== true;
    });
  };
  return (
    within(claimed.dns, ({ dns }) => dns, matchesDomain) &&
    within(claimed.hosts, ({ uris }) => uris, matchesDomain) &&
    within(claimed.mailboxes, ({ emails }) => emails, matchesMailbox) &&
    within(claimed.ips, ({ ips }) => ips, containsBlock)
  );
}

/** The domain itself or one below it; with a dot in front, one below it alone. A wildcard covers what it stands for. */
function matchesDomain(bound: string, domain: string, isExcluded: boolean): boolean {
  const [suffix, name] = [bound.toLowerCase(), domain.toLowerCase()];
  if (suffix === '' || name === suffix) return true;
  if (name.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`)) return true;
  if (!isExcluded || !name.startsWith('*.')) return false;
  const parent = suffix.slice(suffix.indexOf('.'));
  return suffix.includes('.') && name.slice(1) === parent;
}

function matchesMailbox(bound: string, { local, domain }: Mailbox, isExcluded: boolean): boolean {
  const at = bound.lastIndexOf('@');
  if (at === -1) return matchesDomain(bound, domain, isExcluded);
  return bound.slice(0, at) === local && bound.slice(at + 1).toLowerCase() === domain;
}
