/** The head of an HTTP/1 request, read more strictly than any app behind would (RFC 9112 §3): nothing is guessed. */
import type { Malformed } from './http1-fields.ts';

import { CHUNKED, type Framing, NO_BODY } from './http1-body.ts';
import { endOfToken, type Fields, readFields } from './http1-fields.ts';
import { normalPath } from './http1-path.ts';
import { MAX_HEAD_BYTES } from './limits.ts';

export type RequestHead = {
  /** Bytes up to and with the empty line. */
  readonly length: number;
  readonly method: string;
  /** Without the query, in the normal form of RFC 3986 §6.2.2; `*` for the asterisk form. */
  readonly path: string;
  /** With its port, if any; lower case. */
  readonly host: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
  readonly framing: Framing;
  /** Whether the connection may carry another request afterwards. */
  readonly keepAlive: boolean;
  /** The protocols that the caller would switch to, in lower case. */
  readonly upgrade: string | undefined;
  readonly expectContinue: boolean;
  readonly traceparent: string | undefined;
};

/** What is answered to a head that is not forwarded; the connection is closed behind it. */
export type BadHead = { readonly kind: 'bad'; readonly status: 400 | 431 | 505; readonly problem: Malformed };

export type ReadHead<Head> = { readonly kind: 'incomplete' } | { readonly kind: 'head'; readonly head: Head } | BadHead;

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const INCOMPLETE: ReadHead<never> = { kind: 'incomplete' };

/**
 * Where the head that begins at 0 ends. Bytes before `from` were looked at before, without an end. The first in byte
 * order of an end, a bare line feed and the limit decides, so that the cut of the stream into pieces changes nothing.
 */
export function findHeadEnd(bytes: Buffer, from: number): number | 'incomplete' | BadHead {
  const stop = Math.min(bytes.length, MAX_HEAD_BYTES);
  for (let at = from; at < stop; at += 1) {
    if (bytes[at] !== LF) continue;
    if (bytes[at - 1] !== CR) return bad(400, 'proxy/bare-line-feed', 'a line ends with a line feed alone');
    if (at === 1 || bytes[at - 2] === LF) return at + 1;
  }
  if (bytes.length < MAX_HEAD_BYTES) return 'incomplete';
  return bad(431, 'proxy/head-too-large', `the head has more than ${MAX_HEAD_BYTES} bytes`);
}

/** Reads the head at the start of `bytes`; `from` as for `findHeadEnd`. */
export function readRequestHead(bytes: Buffer, from: number): ReadHead<RequestHead> {
  const end = findHeadEnd(bytes, from);
  if (end === 'incomplete') return INCOMPLETE;
  if (typeof end !== 'number') return end;

  const methodEnd = endOfToken(bytes, 0);
  if (methodEnd === 0 || bytes[methodEnd] !== SP) {
    return bad(400, 'proxy/bad-request-line', 'the request line does not begin with a method and one space');
  }
  const targetStart = methodEnd + 1;
  let targetEnd = targetStart;
  for (let byte = bytes[targetEnd] ?? 0; byte > SP && byte < 0x7f; byte = bytes[targetEnd] ?? 0) targetEnd += 1;
  // ` HTTP/1.1` and CRLF: nothing else may follow the target.
  const lineEnd = targetEnd + 9;
  if (targetEnd === targetStart || bytes[targetEnd] !== SP || bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) {
    return bad(400, 'proxy/bad-request-line', 'the request line is not a method, a target and a version');
  }
  const version = bytes.toString('latin1', targetEnd + 1, lineEnd);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    return bad(505, 'proxy/bad-version', 'only HTTP/1.1 and HTTP/1.0 are understood, HTTP/2 without TLS is not');
  }

  const fields = readFields(bytes, lineEnd + 2, end - 2);
  if ('code' in fields) return { kind: 'bad', status: fields.code === TOO_MANY ? 431 : 400, problem: fields };
  const method = bytes.toString('latin1', 0, methodEnd);
  const target = bytes.toString('latin1', targetStart, targetEnd);
  return headOf(end, method, target, version, fields);
}

const TOO_MANY = 'proxy/too-many-fields';

function headOf(
  length: number,
  method: string,
  target: string,
  protocol: RequestHead['protocol'],
  fields: Fields,
): ReadHead<RequestHead> {
  if (method.toUpperCase() === 'CONNECT') {
    return bad(400, 'proxy/tunnel', 'the method CONNECT would open a tunnel behind the enforcement point');
  }
  const host = fields.host?.toLowerCase();
  if (host === undefined) return bad(400, 'proxy/no-host', 'the request has no host field');
  if (!HOST.test(host)) return bad(400, 'proxy/bad-host', 'the host field is not a name or an address with a port');
  if (protocol === 'HTTP/1.0' && fields.chunked) {
    return bad(400, 'proxy/bad-transfer-encoding', 'an HTTP/1.0 request has a transfer-encoding');
  }
  const path = pathOf(method, target, host);
  if (typeof path !== 'string') return { kind: 'bad', status: 400, problem: path };
  const framing: Framing = fields.chunked
    ? CHUNKED
    : fields.contentLength === undefined
      ? NO_BODY
      : { kind: 'length', bytes: fields.contentLength };
  return {
    kind: 'head',
    head: {
      length,
      method,
      path,
      host,
      protocol,
      framing,
      keepAlive: protocol === 'HTTP/1.1' ? !fields.close : fields.keepAlive && !fields.close,
      upgrade: fields.upgrade,
      expectContinue: fields.expectContinue,
      traceparent: fields.traceparent,
    },
  };
}

/** A registered name in letters, digits, `.`, `-`, `_`, or an address; then a port, perhaps. Lower case. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/u;
const ABSOLUTE = /^https?:\/\/([^/?]*)([^?]*)/iu;

/** RFC 9112 §3.2: the path of the origin, absolute or asterisk form. */
function pathOf(method: string, target: string, host: string): string | Malformed {
  if (target === '*') {
    return method === 'OPTIONS' ? target : { code: 'proxy/bad-target', message: 'only OPTIONS may ask for `*`' };
  }
  if (target.startsWith('/')) {
    const query = target.indexOf('?');
    return normalPath(query === -1 ? target : target.slice(0, query), target);
  }
  const absolute = ABSOLUTE.exec(target);
  if (absolute === null) {
    return { code: 'proxy/bad-target', message: 'the target is neither a path nor an http address' };
  }
  if (absolute[1]?.toLowerCase() !== host) {
    return { code: 'proxy/host-mismatch', message: 'the target names another host than the host field' };
  }
  return normalPath(absolute[2] === '' ? '/' : (absolute[2] ?? '/'), target);
}

export function bad(status: BadHead['status'], code: string, message: string): BadHead {
  return { kind: 'bad', status, problem: { code, message } };
}
