/** The one spelling of a path that policies see, and the spellings that are refused because apps disagree on them. */
import type { Malformed } from './http1-fields.ts';

/**
 * The raw bytes go on to the app, so the path that was decided on must mean the same there. RFC 3986 §6.2.2: escapes
 * of unreserved characters are decoded and hex is upper case, which no app can tell apart. What apps read differently
 * (dot segments, backslashes, an escaped NUL, a broken escape, a fragment) is refused; a client that follows the URL
 * standard sends none of it. `//`, `;` and `%2F` stay as they are.
 */
export function normalPath(path: string, target: string): string | Malformed {
  if (target.includes('#')) return ambiguous('a fragment');
  if (path.includes('\\')) return ambiguous('a backslash');
  const normal = path.includes('%') ? decodeUnreserved(path) : path;
  if (typeof normal !== 'string') return normal;
  if (normal.includes('/.') && /\/\.{1,2}(?:[/;]|$)/u.test(normal)) return ambiguous('a dot segment');
  return normal;
}

function decodeUnreserved(path: string): string | Malformed {
  let problem: Malformed | undefined;
  const decoded = path.replaceAll(/%(.{0,2})/gsu, (_, hex: string) => {
    if (!/^[0-9a-f]{2}$/iu.test(hex)) problem = ambiguous('a broken escape');
    else if (hex === '00') problem = ambiguous('an escaped NUL');
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[a-z0-9._~-]/iu.test(character) ? character : `%${hex.toUpperCase()}`;
  });
  return problem ?? decoded;
}

function ambiguous(what: string): Malformed {
  return { code: 'proxy/ambiguous-path', message: `the path holds ${what}, which apps read in different ways` };
}
