/** What policies say of the caller's identity, matched against its whole SPIFFE ID as Istio has it. */
import { anyOf, matchTexts, parsePattern, type TextMatcher } from './text-match.ts';

const SCHEME = 'spiffe://';

/**
 * `principals`: `<trust-domain>/ns/<namespace>/sa/<account>`, without the scheme. `*` at one end is a wildcard; alone
 * it stands for any verified identity.
 */
export function matchPrincipals(values: readonly string[]): TextMatcher {
  const suffixes = values.map(parsePattern).flatMap((pattern) => (pattern.kind === 'suffix' ? [pattern.text] : []));
  const others = values.filter((value) => parsePattern(value).kind !== 'suffix');
  const direct = others.map((value) => (value === '*' ? value : SCHEME + value));
  // A suffix must not reach into the scheme: `*//x` is no way to say `spiffe://x`.
  const ends = suffixes.map((suffix): TextMatcher => (actual) => {
    return actual.length >= SCHEME.length + suffix.length && actual.endsWith(suffix);
  });
  return anyOf(direct.length === 0 ? ends : [matchTexts(direct), ...ends]);
}

/**
 * `namespaces`: the segment behind `/ns/`, in any trust domain. `*` stands anywhere and as often as needed, for any
 * characters, slashes included.
 */
export function matchNamespaces(values: readonly string[]): TextMatcher {
  return anyOf(values.map((value) => inOrder(`/ns/${value}/`.split('*'))));
}

/** The pieces occur one behind the other, anything between them: a search from the left finds them if they are there. */
function inOrder(pieces: readonly string[]): TextMatcher {
  return (actual) => {
    let from = 0;
    for (const piece of pieces) {
      const found = actual.indexOf(piece, from);
      if (found === -1) return false;
      from = found + piece.length;
    }
    return true;
  };
}

/**
 * `serviceAccounts`: `<namespace>/<account>`, or an account of the policy's own namespace; in any trust domain, with
 * further segments allowed between the two and behind them.
 */
export function matchServiceAccounts(values: readonly string[], ownNamespace: string): TextMatcher {
  return anyOf(
    values.map((value) => {
      const slash = value.indexOf('/');
      const namespace = slash === -1 ? ownNamespace : value.slice(0, slash);
      return matchServiceAccount(`/ns/${namespace}/`, `sa/${value.slice(slash + 1)}`);
    }),
  );
}

function matchServiceAccount(namespace: string, account: string): TextMatcher {
  const later = `/${account}`;
  return (actual) => {
    // The trust domain has at least one character; a trust domain called `ns` is not a namespace.
    const found = actual.indexOf(namespace, SCHEME.length + 1);
    if (found === -1) return false;
    const start = found + namespace.length;
    if (actual.startsWith(account, start) && endsSegment(actual, start + account.length)) return true;
    for (let at = actual.indexOf(later, start + 1); at !== -1; at = actual.indexOf(later, at + 1)) {
      if (endsSegment(actual, at + later.length)) return true;
    }
    return false;
  };
}

function endsSegment(text: string, index: number): boolean {
  return index === text.length || (text.charCodeAt(index) === 47 && index + 1 < text.length);
}

/** `trustDomains`: exact, or with one `*` at an end, which stands for any characters of the trust domain. */
export function matchTrustDomains(values: readonly string[]): TextMatcher {
  return anyOf(
    values.map((value): TextMatcher => {
      const star = value.indexOf('*');
      if (star === -1) return (actual) => actual.startsWith(`${SCHEME}${value}/`);
      if (value === '*') return (actual) => actual.startsWith(SCHEME);
      const [before, behind] = [SCHEME + value.slice(0, star), `${value.slice(star + 1)}/`];
      return (actual) => {
        if (!actual.startsWith(before)) return false;
        const slash = actual.indexOf('/', SCHEME.length);
        const start = slash + 1 - behind.length;
        return slash !== -1 && start >= before.length && actual.startsWith(behind, start);
      };
    }),
  );
}
