/** URLs taken apart by the rules of Go's `net/url`. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { bytesOfText, textOfBytes } from '../values/bytes.ts';
import { quote } from '../values/text.ts';
import { isIpv4, parseIp } from './net-address.ts';

export type GoUrl = {
  /** In lower case. */
  readonly scheme: string;
  /** There is an `@` before the host. */
  readonly hasUser: boolean;
  /** With its port, if it names one. */
  readonly host: string;
  /** Of a URL that has no slash after its scheme, as it is written. */
  readonly opaque: string;
  /** Without escapes. */
  readonly path: string;
  /** As it is written. */
  readonly rawPath: string;
  /** As it is written, without `?`. */
  readonly query: string;
  /** A `?` with nothing after it. */
  readonly forceQuery: boolean;
  /** Without escapes. */
  readonly fragment: string;
  /** As it is written. */
  readonly rawFragment: string;
};

/** The part of a text before a mark, and what is after it; all of it and nothing where there is no mark. */
function cut(text: string, mark: string): readonly [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

type UnescapeMode = 'path' | 'host' | 'zone';

// oxlint-disable-next-line no-control-regex -- everything of ASCII that a host may not have
const NOT_IN_HOST = /[\u0000-\u0020#%/?@\\^`{|}\u007f]/;

function unescape(text: string, mode: UnescapeMode): Result<string, string> {
  if (mode !== 'path') {
    const wrong = NOT_IN_HOST.exec(text.replaceAll('%', ''));
    if (wrong !== null) return err(`invalid character ${quote(wrong[0])} in host name`);
  }
  if (!text.includes('%')) return ok(text);
  const source = bytesOfText(text);
  const bytes: number[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const byte = source[at] ?? 0;
    if (byte !== 0x25) {
      bytes.push(byte);
      continue;
    }
    const escape = String.fromCharCode(...source.subarray(at, at + 3));
    const value = /^%[0-9A-Fa-f]{2}$/.test(escape) ? Number.parseInt(escape.slice(1), 16) : undefined;
    if (value === undefined || !isAllowed(value, mode))
      return err(`invalid URL escape ${quote(textOfBytes(source.subarray(at, at + 3)))}`);
    bytes.push(value);
    at += 2;
  }
  return ok(textOfBytes(Uint8Array.from(bytes)));
}

/** In a host only what is no ASCII is escaped, and the percent sign; in a zone what a host may have, too. */
function isAllowed(byte: number, mode: UnescapeMode): boolean {
  if (mode === 'path' || byte === 0x25) return true;
  if (mode === 'host') return byte >= 0x80;
  return byte === 0x20 || (byte < 0x80 && !NOT_IN_HOST.test(String.fromCharCode(byte)));
}

const KEPT_IN_PATH = /^[A-Za-z0-9$&+,\-./:;=@_~]$/;

function escaped(text: string): string {
  return Array.from(bytesOfText(text), (byte) => {
    const character = String.fromCharCode(byte);
    return KEPT_IN_PATH.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

const MAY_STAND_IN_PATH = /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/]|%[0-9a-fA-F]{2})*$/u;

/** A path as it crosses the wire: as it is written, if it can; else every byte escaped anew. */
export function wirePath({ path, rawPath }: GoUrl): string {
  return MAY_STAND_IN_PATH.test(rawPath) ? rawPath : escaped(path);
}

/** Whether what is written is what anybody would write for the text. */
export function isDefaultEscape(text: string, written: string): boolean {
  return escaped(text) === written;
}

/** The parts, or what is wrong, as Go words it. */
export function parseUrl(text: string): Result<GoUrl, string> {
  const [whole, rawFragment] = cut(text, '#');
  const parsed = parseWithoutFragment(whole);
  if (!parsed.ok) return err(`parse ${quote(whole)}: ${parsed.problem}`);
  const fragment = unescape(rawFragment, 'path');
  return fragment.ok
    ? ok({ ...parsed.value, fragment: fragment.value, rawFragment })
    : err(`parse ${quote(text)}: ${fragment.problem}`);
}

const NOTHING: GoUrl = {
  scheme: '',
  hasUser: false,
  host: '',
  opaque: '',
  path: '',
  rawPath: '',
  query: '',
  forceQuery: false,
  fragment: '',
  rawFragment: '',
};

function parseWithoutFragment(text: string): Result<GoUrl, string> {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) return err('net/url: invalid control character in URL');
  if (text === '*') return ok({ ...NOTHING, path: '*', rawPath: '*' });
  if (text.startsWith(':')) return err('missing protocol scheme');
  const [, name = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const scheme = name.toLowerCase();
  const [rest, query] = cut(name === '' ? text : text.slice(name.length + 1), '?');
  const parts = { ...NOTHING, scheme, query, forceQuery: query === '' && text.endsWith('?') };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return ok({ ...parts, opaque: rest });
    if (cut(rest, '/')[0].includes(':')) return err('first path segment in URL cannot contain colon');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const authority = hasAuthority ? cut(rest.slice(2), '/')[0] : '';
  const host = hasAuthority ? parseAuthority(scheme, authority) : ok('');
  if (!host.ok) return host;
  const rawPath = hasAuthority ? rest.slice(2 + authority.length) : rest;
  const path = unescape(rawPath, 'path');
  if (!path.ok) return path;
  return ok({ ...parts, hasUser: authority.includes('@'), host: host.value, path: path.value, rawPath });
}

function parseAuthority(scheme: string, authority: string): Result<string, string> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (!host.ok || at < 0) return host;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return err('net/url: invalid userinfo');
  const unescaped = unescape(user, 'path');
  return unescaped.ok ? host : unescaped;
}

const PORT = /^(?::[0-9]*)?$/;

function parseHost(scheme: string, host: string): Result<string, string> {
  const open = host.lastIndexOf('[');
  if (open > 0) return err('invalid IP-literal');
  if (open === 0) return parseLiteral(host);
  const isStrict = scheme === 'http' || scheme === 'https';
  const colon = isStrict ? host.indexOf(':') : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  return PORT.test(port) ? unescape(host, 'host') : err(`invalid port ${quote(port)} after host`);
}

/** An IPv6 address in brackets, perhaps with a zone. */
function parseLiteral(host: string): Result<string, string> {
  const close = host.lastIndexOf(']');
  if (close < 0) return err("missing ']' in host");
  const port = host.slice(close + 1);
  if (!PORT.test(port)) return err(`invalid port ${quote(port)} after host`);
  const inner = host.slice(1, close);
  const zoneAt = inner.indexOf('%25');
  const address = unescape(zoneAt < 0 ? inner : inner.slice(0, zoneAt), 'host');
  if (!address.ok) return address;
  const zone = zoneAt < 0 ? ok('') : unescape(inner.slice(zoneAt), 'zone');
  if (!zone.ok) return zone;
  const parsed = parseIp(address.value);
  if (parsed === undefined || zone.value === '%') {
    return err(`invalid host: ParseAddr(${quote(address.value + zone.value)}): unable to parse IP`);
  }
  return isIpv4(parsed) && !address.value.includes(':')
    ? err('invalid IP-literal')
    : ok(`[${address.value}${zone.value}]${port}`);
}
