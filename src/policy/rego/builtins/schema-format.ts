/** The formats of strings that JSON schemas name, as strictly as OPA takes them; any other name is no format. */
import { parseIp } from './net-address.ts';
import { parseTime } from './parse-time.ts';
import { compileRegex } from './regex-pattern.ts';
import { parseLayout, RFC3339 } from './time-layout.ts';

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])';
const HOSTNAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'u');
const UUID = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/iu;
const JSON_POINTER = /^(?:\/(?:[^~/]|~0|~1)*)*$/u;
const RELATIVE_JSON_POINTER = /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/u;
const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:/u;
/** RFC 5322 §3.2.3 and §3.2.4; each is read from where the one before has ended, so that nothing is read twice. */
const SPACE = /[ \t\r\n]*/uy;
const DOT_ATOM = /[\w!#$%&'*+/=?^`{|}~\u0080-\u{10ffff}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u0080-\u{10ffff}-]+)*/uy;
const QUOTED = /"(?:[^"\\\r\n]|\\[^\r\n])*"/uy;
const LITERAL = /\[[^[\]\s]*\]/uy;

const DATE = parseLayout('2006-01-02');
const TIME = parseLayout('15:04:05');
const ZONED_TIME = parseLayout('15:04:05Z07:00');
const DATE_TIME = parseLayout(RFC3339);

function isTime(text: string, ...layouts: readonly (typeof DATE)[]): boolean {
  return layouts.some((layout) => parseTime(layout, text).ok);
}

/** The end of what the first pattern that matches there matches; -1 when none does. */
function endOf(text: string, at: number, ...patterns: readonly RegExp[]): number {
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return -1;
}

/** The end of an address, `local@domain`. */
function endOfAddress(text: string, at: number): number {
  const local = endOf(text, at, DOT_ATOM, QUOTED);
  return local !== -1 && text[local] === '@' ? endOf(text, local + 1, DOT_ATOM, LITERAL) : -1;
}

/** An address, or words and an address in angle brackets (RFC 5322 §3.4). */
function isMailbox(text: string): boolean {
  const start = endOf(text, 0, SPACE);
  const bare = endOfAddress(text, start);
  if (bare !== -1 && endOf(text, bare, SPACE) === text.length) return true;
  let at = start;
  for (let end = at; end !== -1; end = endOf(text, at, DOT_ATOM, QUOTED)) at = endOf(text, end, SPACE);
  if (text[at] !== '<') return false;
  const end = endOfAddress(text, at + 1);
  return end !== -1 && text[end] === '>' && endOf(text, end + 1, SPACE) === text.length;
}

/** What Go's `net/url` takes for a reference. */
function isReference(text: string): boolean {
  if (/[\p{Cc}\\]/u.test(text) || /%(?![0-9a-fA-F]{2})/u.test(text.replace(/\?[^#]*/u, ''))) return false;
  if (text.startsWith(':')) return false;
  const rest = text.replace(SCHEME, '');
  if (rest === text && /^[^/?#]*:/u.test(text)) return false;
  const authority = /^\/\/([^/?#]*)/u.exec(rest)?.[1]?.replace(/^.*@/u, '');
  // Escapes of ASCII are none in the name of a host, but `%25` before a zone.
  if (authority !== undefined && /%(?!25)[0-7]/u.test(authority)) return false;
  return authority === undefined || /^(?:\[[^\]]*\]|[^\s:"<>[\]^`{|}]*)(?::\d*)?$/u.test(authority);
}

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', (text: string) => isTime(text, DATE)],
  ['time', (text: string) => isTime(text, ZONED_TIME, TIME)],
  ['date-time', (text: string) => isTime(text, DATE_TIME, DATE, ZONED_TIME, TIME)],
  ['hostname', (text: string) => text.length < 256 && HOSTNAME.test(text)],
  ['email', isMailbox],
  ['idn-email', isMailbox],
  ['ipv4', (text: string) => text.includes('.') && parseIp(text) !== undefined],
  ['ipv6', (text: string) => text.includes(':') && parseIp(text) !== undefined],
  ['uri', (text: string) => SCHEME.test(text) && isReference(text)],
  ['iri', (text: string) => SCHEME.test(text) && isReference(text)],
  ['uri-reference', isReference],
  ['iri-reference', isReference],
  ['uri-template', (text: string) => isReference(text) && !/\{[^}]*$/u.test(text.replace(/[?#].*$/su, ''))],
  ['uuid', (text: string) => UUID.test(text)],
  ['regex', (text: string) => typeof compileRegex(text) !== 'string'],
  ['json-pointer', (text: string) => JSON_POINTER.test(text)],
  ['relative-json-pointer', (text: string) => RELATIVE_JSON_POINTER.test(text)],
]);

export function isOfFormat(format: string, text: string): boolean {
  return FORMATS.get(format)?.(text) ?? true;
}
