/** Istio's string match: `abc` exactly, `abc*` by prefix, `*abc` by suffix, `*` for anything that is there. */

export type TextMatcher = (actual: string) => boolean;

export type Pattern =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'present' };

/** A `*` elsewhere than at one end has no meaning: it is the character. */
export function parsePattern(value: string): Pattern {
  if (value === '*') return { kind: 'present' };
  if (value.startsWith('*')) return { kind: 'suffix', text: value.slice(1) };
  if (value.endsWith('*')) return { kind: 'prefix', text: value.slice(0, -1) };
  return { kind: 'exact', text: value };
}

function matchPattern(pattern: Pattern): TextMatcher {
  switch (pattern.kind) {
    case 'exact':
      return (actual) => actual === pattern.text;
    case 'prefix':
      return (actual) => actual.startsWith(pattern.text);
    case 'suffix':
      return (actual) => actual.endsWith(pattern.text);
    case 'present':
      return (actual) => actual !== '';
  }
}

/** Compiled: whether a text matches one of the values. Exact values, usually the most, cost one look into a set. */
export function matchTexts(values: readonly string[]): TextMatcher {
  const patterns = values.map(parsePattern);
  const exact = patterns.flatMap((pattern) => (pattern.kind === 'exact' ? [pattern.text] : []));
  const others = patterns.filter((pattern) => pattern.kind !== 'exact').map(matchPattern);
  return anyOf(exact.length === 0 ? others : [matchExact(exact), ...others]);
}

function matchExact(texts: readonly string[]): TextMatcher {
  const [first, second] = texts;
  if (second === undefined) return (actual) => actual === first;
  const set = new Set(texts);
  return (actual) => set.has(actual);
}

export function anyOf(matchers: readonly TextMatcher[]): TextMatcher {
  const [first, second] = matchers;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  return (actual) => {
    for (const matches of matchers) if (matches(actual)) return true;
    return false;
  };
}

/** Hosts alone are compared without regard to case: A to Z, as in the Domain Name System (RFC 4343). */
export function matchHosts(values: readonly string[]): TextMatcher {
  const matches = matchTexts(values.map(lowerAscii));
  return (actual) => matches(lowerAscii(actual));
}

/** Allocates nothing for a text that is lower case already, as hosts usually are. */
function lowerAscii(text: string): string {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 65 && code <= 90) return text.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
  }
  return text;
}
