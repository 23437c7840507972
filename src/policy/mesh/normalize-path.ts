/** The one spelling of a request's path that policies are matched against: Istio's normalisation BASE, made strict. */
import { err, ok, type Result } from '../../kernel/result.ts';
import { quote } from './quote.ts';

/** Nothing to do: characters that stay as they are, and no segment that begins with a dot. */
const NORMAL = /^(?:\/(?:[a-zA-Z0-9\-_~!$&'()*+,;:@=[\]][a-zA-Z0-9\-._~!$&'()*+,;:@=[\]]*)?)+$/u;

/** Kept when they are written plainly, decoded when they are written as `%41`. */
const UNRESERVED = /[a-zA-Z0-9\-_~]/u;
const KEPT = /[a-zA-Z0-9\-._~!$&'()*+,;:@=[\]/]/u;
/** Visible, but not allowed in a path (RFC 3986 §3.3): written as an escape. */
const ESCAPED = /["<>^`{|}]/u;

/**
 * Takes a path as it was received, without the query. Dot segments are resolved (RFC 3986 §5.2.4), escaped dots
 * too; a backslash is a slash; escapes of unreserved characters are decoded and all others kept as they are, `%2F`
 * and `%5C` among them; repeated slashes, `;`, case and a slash at the end are kept. `*` (of OPTIONS) is `/*`.
 *
 * Stricter than Istio, which passes them on: an incomplete escape, a control character, a space and what is not
 * ASCII are refused as `mesh/bad-path`, as is a NUL in any form; no two readers of those agree on what they mean.
 * What was normalised stays as it is when it is normalised again.
 */
export function normalizePath(raw: string): Result<string> {
  if (NORMAL.test(raw)) return ok(raw);
  if (raw === '*') return ok('/*');
  if (!raw.startsWith('/')) return bad(raw, 'does not begin with `/`');
  let output = '';
  for (let index = 0; index < raw.length; index += 1) {
    const dot = dotAt(raw, index);
    if (dot > 0 && output.endsWith('/')) {
      const dots = afterDot(raw, index + dot);
      if (dots === undefined) output += '.';
      else if (dots.up) output = output.slice(0, output.lastIndexOf('/', output.length - 2) + 1) || '/';
      index = (dots === undefined ? index + dot : dots.end) - 1;
      continue;
    }
    const character = raw.charAt(index);
    if (dot > 0) {
      output += '.';
      index += dot - 1;
    } else if (character === '\\') {
      output += '/';
    } else if (character === '%') {
      const escape = raw.slice(index, index + 3);
      if (!/^%[0-9a-fA-F]{2}$/u.test(escape)) return bad(raw, `has the incomplete escape ${quote(escape)}`);
      if (escape === '%00') return bad(raw, 'has a NUL in it');
      const decoded = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
      output += UNRESERVED.test(decoded) ? decoded : escape;
      index += 2;
    } else if (KEPT.test(character)) {
      output += character;
    } else if (ESCAPED.test(character)) {
      output += `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
    } else {
      return bad(raw, `has the character ${JSON.stringify(character)} in it`);
    }
  }
  return ok(output);
}

/** How many characters a dot at this place takes, plain or escaped; 0 when there is none. */
function dotAt(raw: string, index: number): number {
  if (raw.charAt(index) === '.') return 1;
  return /^%2e$/iu.test(raw.slice(index, index + 3)) ? 3 : 0;
}

/** Behind a dot that begins a segment: where the dot segment ends, its slash included; undefined when it is a name. */
function afterDot(raw: string, start: number): { readonly end: number; readonly up: boolean } | undefined {
  if (endsSegment(raw, start)) return { end: Math.min(start + 1, raw.length), up: false };
  const second = dotAt(raw, start);
  if (second === 0 || !endsSegment(raw, start + second)) return undefined;
  return { end: Math.min(start + second + 1, raw.length), up: true };
}

function endsSegment(raw: string, index: number): boolean {
  return index === raw.length || raw.charAt(index) === '/' || raw.charAt(index) === '\\';
}

function bad(raw: string, why: string): Result<string> {
  return err({
    code: 'mesh/bad-path',
    message: `the path ${quote(raw)} ${why}`,
    hint: 'a path begins with `/`, has no query, and everything in it but visible ASCII is written as `%XX`',
  });
}
