/** The head of an HTTP/1 response, read as strictly as a request's, so that its end is known for certain (RFC 9112 §4, §6.3). */
import { CHUNKED, type Framing, NO_BODY, UNTIL_CLOSE } from './http1-body.ts';
import { endOfValue, type Fields, readFields } from './http1-fields.ts';
import { bad, findHeadEnd, type ReadHead } from './http1-head.ts';

export type ResponseHead = {
  /** Bytes up to and with the empty line. */
  readonly length: number;
  readonly status: number;
  readonly framing: Framing;
  /** Whether the app keeps the connection for another request. */
  readonly keepAlive: boolean;
  /** The protocol that a 101 switches to, in lower case. */
  readonly upgrade: string | undefined;
};

const CR = 0x0d;
const LF = 0x0a;
const STATUS_LINE = /^HTTP\/1\.[01] [1-9][0-9]{2}(?: |$)/u;
const STATUS_LINE_BYTES = 13;

/** Reads the head at the start of `bytes`, the answer to a request by `method`; `from` as for `findHeadEnd`. */
export function readResponseHead(bytes: Buffer, from: number, method: string): ReadHead<ResponseHead> {
  const end = findHeadEnd(bytes, from);
  if (end === 'incomplete') return { kind: 'incomplete' };
  if (typeof end !== 'number') return end;
  const lineEnd = endOfValue(bytes, 0);
  const line = bytes.toString('latin1', 0, Math.min(lineEnd, STATUS_LINE_BYTES));
  if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF || !STATUS_LINE.test(line)) {
    return bad(400, 'proxy/bad-status-line', 'the status line is not a version, a status and a reason');
  }
  const fields = readFields(bytes, lineEnd + 2, end - 2);
  if ('code' in fields) return { kind: 'bad', status: 400, problem: fields };
  const status = Number(line.slice(9, 12));
  const http10 = line.charCodeAt(7) === 0x30;
  const framing = framingOf(status, method, fields);
  const keepAlive = framing.kind !== 'until-close' && !fields.close && (!http10 || fields.keepAlive);
  return { kind: 'head', head: { length: end, status, framing, keepAlive, upgrade: fields.upgrade } };
}

/** RFC 9112 §6.3, in its order. */
function framingOf(status: number, method: string, fields: Fields): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NO_BODY;
  if (fields.chunked) return CHUNKED;
  return fields.contentLength === undefined ? UNTIL_CLOSE : { kind: 'length', bytes: fields.contentLength };
}
