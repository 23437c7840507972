/** Serves the evaluation endpoint of AuthZEN's Authorization API 1.0 on a Unix socket, to attested workloads. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { createExecutableDigest } from '../../identity/attestation/executable-digest.ts';
import type { LinuxCalls } from '../../identity/attestation/linux-calls.ts';
import type { Registry } from '../../identity/attestation/registry.ts';
import type { Actor } from '../../kernel/ledger-event.ts';
import type { Decide } from '../../kernel/ports.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { attestCaller, endedRefusal } from '../attested-caller.ts';
import { AttestedConnections } from '../attested-connections.ts';
import { Refusals, type RefusalsOptions } from '../refusals.ts';
import { readBody } from '../request-body.ts';
import { listenForEveryone } from '../unix-listener.ts';
import { evaluate, EVALUATION_PATH } from './evaluation.ts';

export type AccessApiOptions = RefusalsOptions & {
  /** Absolute, at most 107 bytes. */
  readonly socketPath: string;
  readonly registry: Registry;
  readonly calls: LinuxCalls;
  readonly decide: Decide;
};

export type AccessApi = AsyncDisposable & {
  /** Ends every connection, and removes the socket. */
  readonly close: () => Promise<void>;
};

/** What the caller is told; `authenticate` stands in a 401, which RFC 9110 §15.5.2 asks for. */
type Refused = {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A connection carries one question at a time, and a busy server has many requests of its own under way. */
const MAX_CONNECTIONS_PER_PROCESS = 256;

/** Questions under way at once: each waits for the ledger alone, so that more of them mean that it is stuck. */
const MAX_CONCURRENT = 512;

/** From the first byte of a request to its last; a local caller needs milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A client that keeps its connection saves the attestation of a new one. */
const KEEP_ALIVE_MS = 60_000;

const NOT_ATTESTED: Refused = {
  status: 401,
  message: 'this process is no workload that is declared',
  headers: { 'www-authenticate': 'Attested realm="countersign"' },
};
const BUSY: Refused = { status: 503, message: 'too many questions are under way', headers: { 'retry-after': '1' } };
const FAILED: Refused = { status: 500, message: 'the question could not be answered' };

/** Codes: those of `listenForEveryone`. */
export async function serveAccessApi(options: AccessApiOptions): Promise<Result<AccessApi>> {
  const refusals = new Refusals(options);
  const connections = new AttestedConnections(options.calls, createExecutableDigest(), MAX_CONNECTIONS_PER_PROCESS);
  let underWay = 0;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (request, response) => {
    // Authorization API 1.0 §10.1.3: the caller's own id of the request stands in every answer to it.
    const requestId = request.headers['x-request-id'];
    if (requestId !== undefined) response.setHeader('x-request-id', requestId);
    response.setHeader('cache-control', 'no-store');
    if (underWay >= MAX_CONCURRENT) return refuse(response, BUSY);
    underWay += 1;
    void answer(options, connections, refusals, request, response)
      .catch(() => refuse(response, FAILED))
      .finally(() => (underWay -= 1));
  });
  const accept = (socket: IncomingMessage['socket']): void => {
    const peer = connections.accept(socket);
    if (!peer.ok) refusals.note(peer.problem);
  };
  const listener = await listenForEveryone(options.socketPath, accept, server);
  if (!listener.ok) return listener;
  const close = async (): Promise<void> => {
    await closeServer(server);
    connections[Symbol.dispose]();
    refusals[Symbol.dispose]();
  };
  return ok({ close, [Symbol.asyncDispose]: close });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  { registry, decide }: AccessApiOptions,
  connections: AttestedConnections,
  refusals: Refusals,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const peer = connections.peerOf(request.socket.remoteAddress);
  if (peer === undefined) return refuse(response, NOT_ATTESTED);
  const attested = await attestCaller(peer, registry);
  if (attested.kind === 'unknown') {
    refusals.note(attested.refusal);
    return refuse(response, NOT_ATTESTED);
  }
  const misdirected = checkRoute(request);
  if (misdirected !== undefined) return refuse(response, misdirected);
  const body = await readBody(request);
  if (body.kind === 'refused') return refuse(response, body);
  // Its default identity: what it also proves to be on the wire.
  const asker: Actor = { type: 'workload', id: attested.entries[0].id };
  const evaluated = await evaluate(body.text, asker, decide);
  if (!attested.caller.isAlive()) {
    refusals.note(endedRefusal(peer));
    return refuse(response, NOT_ATTESTED);
  }
  if (evaluated.kind === 'refused') return refuse(response, evaluated);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(evaluated.answer));
}

function checkRoute({ url = '', method, headers }: IncomingMessage): Refused | undefined {
  if (url.split('?')[0] !== EVALUATION_PATH) return { status: 404, message: `the path here is ${EVALUATION_PATH}` };
  if (method !== 'POST') return { status: 405, message: 'a question is posted', headers: { allow: 'POST' } };
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' ? undefined : { status: 400, message: 'the content type is application/json' };
}

/** The body is a message for whoever writes the client (Authorization API 1.0 §10.1.2); it tells nothing of policies. */
function refuse(response: ServerResponse, { status, message, headers }: Refused): void {
  if (response.headersSent) return void response.destroy();
  // What is left of the request is not read.
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${message}\n`);
}
