/** What may stand in the lists of a rule, by what they are matched with; and what stands there but cannot match. */
import type { CheckContext } from './check-metadata.ts';
import { parseIpBlock } from './ip-block.ts';
import { MAX_SERVICE_ACCOUNT_CHARACTERS, MAX_SERVICE_ACCOUNTS } from './limits.ts';
import { normalizePath } from './normalize-path.ts';
import { isPathTemplate, problemOfPathTemplate } from './path-template.ts';
import type { Attribute, Clause } from './policy.ts';
import { quote } from './quote.ts';
import { parsePattern } from './text-match.ts';

/** Reports `mesh/bad-value` for what Istio refuses, and warns with `mesh/never-matches`. */
export function checkValues({ attribute, field, values, span }: Clause, { report, warn }: CheckContext): void {
  if (attribute === 'serviceAccount' && values.length > MAX_SERVICE_ACCOUNTS) {
    const message = `${quote(field)} has at most ${MAX_SERVICE_ACCOUNTS} values, this one has ${values.length}`;
    report({ code: 'mesh/too-many', message, hint: 'spread them over several sources', at: span });
  }
  for (const { value, span: at } of values) {
    const problem = value === '' ? 'an empty value matches nothing' : problemOf(attribute, value);
    if (problem !== undefined) {
      report({ code: 'mesh/bad-value', message: `${quote(value)} in ${quote(field)}: ${problem}`, at });
      continue;
    }
    const doubt = doubtOf(attribute, value);
    if (doubt !== undefined) {
      const message = `${quote(value)} in ${quote(field)} matches no request: ${doubt.why}`;
      warn({ code: 'mesh/never-matches', message, hint: doubt.hint, at });
    }
  }
}

function problemOf(attribute: Attribute, value: string): string | undefined {
  switch (attribute) {
    case 'sourceIp':
      return parseIpBlock(value) === undefined ? 'is no IP address and no CIDR block' : undefined;
    case 'port':
      return /^\d{1,10}$/u.test(value) && Number(value) <= 65_535 ? undefined : 'is no port from 0 to 65535';
    case 'path':
      return problemOfPathTemplate(value);
    case 'serviceAccount':
      return problemOfServiceAccount(value);
    case 'trustDomain':
      return problemOfTrustDomain(value);
    case 'principal':
    case 'namespace':
    case 'sni':
    case 'method':
    case 'host':
      return undefined;
  }
}

function problemOfServiceAccount(value: string): string | undefined {
  if (value.includes('*')) return 'no wildcard is allowed here; `principals` and `namespaces` take one';
  if (value.length > MAX_SERVICE_ACCOUNT_CHARACTERS)
    return `has more than ${MAX_SERVICE_ACCOUNT_CHARACTERS} characters`;
  const parts = value.split('/');
  if (parts.length > 2 || parts.includes('')) return 'is neither `account` nor `namespace/account`';
  return undefined;
}

function problemOfTrustDomain(value: string): string | undefined {
  if (value.includes('/')) return 'a trust domain has no `/`';
  const stars = value.split('*').length - 1;
  if (stars > 1) return 'at most one `*` is allowed';
  return stars === 1 && !value.startsWith('*') && !value.endsWith('*') ? '`*` stands at an end only' : undefined;
}

type Doubt = { readonly why: string; readonly hint: string };

function doubtOf(attribute: Attribute, value: string): Doubt | undefined {
  switch (attribute) {
    case 'principal':
      return doubtOfPrincipal(value) ?? doubtOfWildcard(value);
    case 'path':
      return isPathTemplate(value) ? undefined : (doubtOfWildcard(value) ?? doubtOfPath(value));
    case 'method': {
      const lower = /[a-z]/u.test(value) && value === value.toLowerCase();
      const hint = `write ${quote(value.toUpperCase())}`;
      return doubtOfWildcard(value) ?? (lower ? { why: 'methods are compared with regard to case', hint } : undefined);
    }
    case 'sni':
    case 'host':
      return doubtOfWildcard(value);
    case 'namespace':
    case 'serviceAccount':
    case 'trustDomain':
    case 'sourceIp':
    case 'port':
      return undefined;
  }
}

/** Two wildcards, or one in the middle; `{*}` was handled before. */
function doubtOfWildcard(value: string): Doubt | undefined {
  const pattern = parsePattern(value);
  if (pattern.kind === 'present' || !pattern.text.includes('*')) return undefined;
  return { why: '`*` is a wildcard at one end only, elsewhere it is the character', hint: 'use one `*`, at one end' };
}

function doubtOfPrincipal(value: string): Doubt | undefined {
  if (!value.startsWith('spiffe:')) return undefined;
  const bare = value.replace(/^spiffe:\/*/u, '');
  return { why: 'a principal is written without its scheme', hint: `write ${quote(bare)}` };
}

/** Requests are matched by their normalised path, so that another spelling of it is never met. */
function doubtOfPath(value: string): Doubt | undefined {
  const pattern = parsePattern(value);
  if (pattern.kind === 'present' || pattern.kind === 'suffix') return undefined;
  if (!pattern.text.startsWith('/')) return { why: 'a path begins with `/`', hint: `write ${quote(`/${value}`)}` };
  if (pattern.text.includes('?')) {
    return { why: 'a path is compared without its query', hint: 'remove what follows the `?`' };
  }
  const normal = normalizePath(pattern.text);
  // The end of a prefix may be half of something, such as `/.` of `/.well-known`.
  if (!normal.ok && pattern.kind === 'exact')
    return { why: 'no request has such a path', hint: normal.problem.hint ?? '' };
  if (!normal.ok || pattern.kind === 'prefix' || normal.value === pattern.text) return undefined;
  return { why: 'a path is normalised before it is compared', hint: `write ${quote(normal.value)}` };
}
