/** The field lines of an HTTP/1 head, read strictly (RFC 9112 §5): only what framing and a decision need is kept. */
import { MAX_HEAD_FIELDS } from './limits.ts';

/** What the fields say of the message. Repeated fields are refused where a second one could be read differently. */
export type Fields = {
  readonly host: string | undefined;
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly close: boolean;
  readonly keepAlive: boolean;
  /** The `Upgrade` field in lower case, when `Connection` names it too. */
  readonly upgrade: string | undefined;
  readonly expectContinue: boolean;
  readonly traceparent: string | undefined;
};

/** A sentence without the value: a malformed head may hold a credential. */
export type Malformed = { readonly code: string; readonly message: string };

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;
const COLON = 0x3a;

const TOKEN: Uint8Array = table("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
/** RFC 9110 §5.5: tab, space, visible characters and obs-text; so neither CR, LF, NUL nor another control. */
const VALUE: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code === HTAB || (code >= SP && code !== 0x7f) ? 1 : 0,
);

function table(characters: string): Uint8Array {
  const of = new Uint8Array(256);
  for (const character of characters) of[character.charCodeAt(0)] = 1;
  return of;
}

export function isTokenByte(byte: number): boolean {
  return TOKEN[byte] === 1;
}

export function isValueByte(byte: number): boolean {
  return VALUE[byte] === 1;
}

/** Where the token that begins at `at` ends; `at` itself when none does. */
export function endOfToken(bytes: Buffer, at: number): number {
  let end = at;
  while (TOKEN[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

/** Where the field value that begins at `at` ends, which is at CRLF in a well-formed line. */
export function endOfValue(bytes: Buffer, at: number): number {
  let end = at;
  while (VALUE[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

/** Whether the bytes at `at` spell `word`, a name of lower case letters and dashes, in any case. */
function spells(bytes: Buffer, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (((bytes[at + index] ?? 0) | 0x20) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** Reads the field lines in `bytes` from `at` to `end`, each of which ends with CRLF. */
export function readFields(bytes: Buffer, at: number, end: number): Fields | Malformed {
  let host: string | undefined;
  let contentLength: number | undefined;
  let transferEncoding: string | undefined;
  let connection: string | undefined;
  let upgrade: string | undefined;
  let expect: string | undefined;
  let traceparent: string | undefined;
  let traceparents = 0;
  let count = 0;
  let line = at;
  while (line < end) {
    count += 1;
    if (count > MAX_HEAD_FIELDS) {
      return { code: 'proxy/too-many-fields', message: `a head has at most ${MAX_HEAD_FIELDS} fields` };
    }
    const nameEnd = endOfToken(bytes, line);
    if (nameEnd === line || bytes[nameEnd] !== COLON) return problemOfName(bytes, line, nameEnd);
    let valueStart = nameEnd + 1;
    while (bytes[valueStart] === SP || bytes[valueStart] === HTAB) valueStart += 1;
    const lineEnd = endOfValue(bytes, valueStart);
    if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) return problemOfValue(bytes, lineEnd);
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd -= 1;

    switch (nameEnd - line) {
      case 4:
        if (!spells(bytes, line, 'host')) break;
        if (host !== undefined) return duplicate('host');
        host = text(bytes, valueStart, valueEnd);
        break;
      case 6:
        if (spells(bytes, line, 'expect')) expect = text(bytes, valueStart, valueEnd).toLowerCase();
        break;
      case 7:
        if (!spells(bytes, line, 'upgrade')) break;
        if (upgrade !== undefined) return duplicate('upgrade');
        upgrade = text(bytes, valueStart, valueEnd).toLowerCase();
        break;
      case 10:
        if (!spells(bytes, line, 'connection')) break;
        connection = `${connection === undefined ? '' : `${connection},`}${text(bytes, valueStart, valueEnd)}`;
        break;
      case 11:
        if (!spells(bytes, line, 'traceparent')) break;
        traceparents += 1;
        traceparent = text(bytes, valueStart, valueEnd);
        break;
      case 14: {
        if (isLookalike(bytes, line, 'content_length')) return lookalike('content_length');
        if (!spells(bytes, line, 'content-length')) break;
        if (contentLength !== undefined) return duplicate('content-length');
        const length = text(bytes, valueStart, valueEnd);
        // Fifteen digits stay below 2^53; signs, spaces, lists and hex are other people's numbers.
        if (!/^[0-9]{1,15}$/u.test(length)) {
          return { code: 'proxy/bad-content-length', message: 'the content-length is not one plain number' };
        }
        contentLength = Number(length);
        break;
      }
      case 17:
        if (isLookalike(bytes, line, 'transfer_encoding')) return lookalike('transfer_encoding');
        if (!spells(bytes, line, 'transfer-encoding')) break;
        if (transferEncoding !== undefined) return duplicate('transfer-encoding');
        transferEncoding = text(bytes, valueStart, valueEnd).toLowerCase();
        break;
    }
    line = lineEnd + 2;
  }

  if (transferEncoding !== undefined && transferEncoding !== 'chunked') {
    return {
      code: 'proxy/bad-transfer-encoding',
      message: 'a transfer-encoding other than `chunked` is not forwarded',
    };
  }
  if (transferEncoding !== undefined && contentLength !== undefined) {
    return { code: 'proxy/two-lengths', message: 'the message has a content-length and a transfer-encoding' };
  }
  const options = connection === undefined ? NO_OPTIONS : optionsOf(connection);
  // RFC 9110 §7.6.1: an option makes its field hop-by-hop, so the next hop would drop the framing that was checked.
  if (options.some((option) => END_TO_END.has(option))) {
    return { code: 'proxy/bad-connection', message: 'the connection field names a field that frames the message' };
  }
  return {
    host,
    contentLength,
    chunked: transferEncoding !== undefined,
    close: options.includes('close'),
    keepAlive: options.includes('keep-alive'),
    upgrade: options.includes('upgrade') ? upgrade : undefined,
    expectContinue: expect === '100-continue',
    // Trace Context §3.2: several traceparent fields are as good as none.
    traceparent: traceparents === 1 ? traceparent : undefined,
  };
}

const NO_OPTIONS: readonly string[] = [];
const KEEP_ALIVE: readonly string[] = ['keep-alive'];
const END_TO_END: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'expect',
  'authorization',
]);

function optionsOf(connection: string): readonly string[] {
  // What nearly every message says, without a list for each.
  if (connection === 'keep-alive' || connection === 'Keep-Alive') return KEEP_ALIVE;
  return connection
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

function duplicate(name: string): Malformed {
  return { code: 'proxy/repeated-field', message: `the head has more than one \`${name}\` field` };
}

/** Gateways that fold `_` into `-` (CGI, WSGI) would read a second framing here. */
function isLookalike(bytes: Buffer, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if (byte !== name.charCodeAt(index) && (byte | 0x20) !== name.charCodeAt(index)) return false;
  }
  return true;
}

function lookalike(name: string): Malformed {
  return { code: 'proxy/lookalike-field', message: `the field \`${name}\` could be read as framing` };
}

function problemOfName(bytes: Buffer, line: number, nameEnd: number): Malformed {
  const first = bytes[line];
  if (first === SP || first === HTAB) {
    return {
      code: 'proxy/folded-line',
      message: 'a field line begins with a space: obsolete folding is not forwarded',
    };
  }
  if (nameEnd > line && (bytes[nameEnd] === SP || bytes[nameEnd] === HTAB)) {
    return { code: 'proxy/space-before-colon', message: 'a field name is followed by a space' };
  }
  return { code: 'proxy/bad-field-name', message: `a field line has no proper name: ${nameOfByte(bytes[nameEnd])}` };
}

function problemOfValue(bytes: Buffer, at: number): Malformed {
  const what = bytes[at] === CR ? 'a carriage return without a line feed' : nameOfByte(bytes[at]);
  return { code: 'proxy/bad-field-value', message: `a field value holds ${what}` };
}

function nameOfByte(byte: number | undefined): string {
  return `byte 0x${(byte ?? 0).toString(16).padStart(2, '0')}`;
}
