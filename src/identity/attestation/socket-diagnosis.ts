/** One question to the kernel: which socket is at this end of a loopback TCP connection? (sock_diag(7)) */
import type { LinuxCalls } from './linux-calls.ts';

/** A connection as one of its ends sees it; loopback addresses, as Node prints them. */
export type TcpEnd = {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
};

export type SocketOwner = {
  /** The effective uid of the process that made the socket. */
  readonly uid: number;
  /** As in `/proc/PID/fd`: `socket:[inode]`. */
  readonly inode: number;
};

const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const IPPROTO_TCP = 6;
const AF_INET = 2;
const AF_INET6 = 10;
const TCP_LISTEN = 10;

/** nlmsghdr (16), then inet_diag_req_v2 (56); the answer has inet_diag_msg (72) in its place. */
const REQUEST_BYTES = 72;
const ANSWER_BYTES = 88;
/** Offset of inet_diag_sockid: in the request, and in the answer. */
const REQUEST_ID = 24;
const ANSWER_ID = 20;
/** Ports and addresses in inet_diag_sockid; interface and cookie follow them. */
const ENDPOINTS_BYTES = 36;

/** Undefined when there is no such socket, or nobody holds it any more. Costs the same however many sockets there are. */
export function ownerOfTcpEnd(calls: LinuxCalls, end: TcpEnd): SocketOwner | undefined {
  const request = requestFor(end);
  if (request === undefined) return undefined;
  const answer = calls.askSocketDiagnosis(request);
  return answer === undefined ? undefined : parseAnswer(answer, request);
}

function requestFor(end: TcpEnd): Uint8Array | undefined {
  const local = loopbackBytes(end.localAddress);
  const remote = loopbackBytes(end.remoteAddress);
  if (local === undefined || remote === undefined || local.length !== remote.length) return undefined;
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, REQUEST_BYTES, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint8(16, local.length === 4 ? AF_INET : AF_INET6);
  view.setUint8(17, IPPROTO_TCP);
  // Every state: a client that sent its request and shut its half down is still the one that asked.
  view.setUint32(20, 0xffff_ffff, true);
  view.setUint16(REQUEST_ID, end.localPort);
  view.setUint16(REQUEST_ID + 2, end.remotePort);
  bytes.set(local, REQUEST_ID + 4);
  bytes.set(remote, REQUEST_ID + 20);
  // The cookie of all ones: any socket with these ends.
  bytes.fill(0xff, REQUEST_ID + 40, REQUEST_ID + 48);
  return bytes;
}

/** Checks that the answer is about the very ends that were asked for: the kernel may offer a listener instead. */
export function parseAnswer(answer: Uint8Array, request: Uint8Array): SocketOwner | undefined {
  if (answer.byteLength < ANSWER_BYTES) return undefined;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  if (view.getUint16(4, true) !== SOCK_DIAG_BY_FAMILY || view.getUint8(17) === TCP_LISTEN) return undefined;
  // The kernel leaves the unused words of an IPv4 address as it likes: only the four bytes are compared then.
  const addressLength = request[16] === AF_INET ? 4 : 16;
  for (const [at, length] of [
    [0, 4],
    [4, addressLength],
    [20, addressLength],
  ] as const) {
    for (let index = at; index < at + length && index < ENDPOINTS_BYTES; index += 1) {
      if (answer[ANSWER_ID + index] !== request[REQUEST_ID + index]) return undefined;
    }
  }
  const uid = view.getUint32(80, true);
  const inode = view.getUint32(84, true);
  return inode === 0 ? undefined : { uid, inode };
}

/** 4 or 16 bytes; an IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is 4. Undefined for what is not loopback. */
export function loopbackBytes(text: string): Uint8Array | undefined {
  if (text === '::1') return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  const v4 = /^(?:::ffff:)?127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/iu.exec(text);
  const rest = v4?.slice(1).map(Number);
  return rest !== undefined && rest.every((byte) => byte <= 255) ? Uint8Array.of(127, ...rest) : undefined;
}
