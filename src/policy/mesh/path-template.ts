/** Path templates: `{*}` is one segment, `{**}` any number of them (Envoy's URI template match). */

const LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/u;
const SEGMENT = "[a-zA-Z0-9\\-._~%!$&'()+,;:@=]+";
const SEGMENTS = "[a-zA-Z0-9\\-._~%!$&'()+,;:@=/]*";

export function isPathTemplate(path: string): boolean {
  return path.includes('{*}') || path.includes('{**}');
}

/** What is wrong with braces in a path of a policy, if anything: Istio's rules, and what Envoy refuses after them. */
export function problemOfPathTemplate(path: string): string | undefined {
  const template = isPathTemplate(path);
  if (!template) {
    return /[{}]/u.test(path) ? '`{` and `}` stand only around `*` or `**`, as a whole segment' : undefined;
  }
  if (!path.startsWith('/')) return 'a path with `{*}` or `{**}` begins with `/`';
  let anySegments = false;
  // One slash may end the path; Envoy refuses every other empty segment.
  for (const segment of path.slice(1).replace(/\/$/u, '').split('/')) {
    if (segment === '{*}' || segment === '{**}') {
      if (anySegments) return '`{**}` is the last wildcard of a path';
      anySegments = segment === '{**}';
    } else if (/[{}]/u.test(segment)) {
      return '`{*}` and `{**}` are whole segments';
    } else if (segment === '') {
      return 'a path with `{*}` or `{**}` has no empty segment';
    } else if (!LITERAL.test(segment)) {
      return 'beside `{*}` and `{**}` a segment has only the characters that RFC 3986 allows in one, without `*`';
    }
  }
  return undefined;
}

/**
 * Compiled. The expression has at most one unbounded part that crosses slashes, and every other part stops at one, so
 * that matching takes linear time.
 */
export function matchPathTemplate(path: string): (actual: string) => boolean {
  const parts = path.split('/').map((segment) => {
    if (segment === '{*}') return SEGMENT;
    return segment === '{**}' ? SEGMENTS : RegExp.escape(segment);
  });
  const expression = new RegExp(`^${parts.join('/')}$`);
  return (actual) => expression.test(actual);
}
