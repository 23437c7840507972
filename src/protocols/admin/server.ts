/** Serves the admin contract on a Unix socket, to the user who started the server and to root. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Problem } from '../../kernel/problem.ts';
import { parseAccessRequest } from '../access-request-json.ts';
import { readBody } from '../request-body.ts';
import { type AdminOperations, isProblem, ROUTES } from './contract.ts';

export type AdminServerOptions = {
  readonly socketPath: string;
  readonly operations: AdminOperations;
  /** The kernel's word for who is at the other end; undefined when it cannot say. */
  readonly peerOf: (socket: Socket) => { readonly pid: number; readonly uid: number } | undefined;
  /** The uid that is answered, beside root's. */
  readonly ownUid: number;
};

/** A tool that follows the ledger holds one connection; this many are a mistake or an attack. */
const MAX_CONNECTIONS = 64;
/** A slow reader of the ledger is dropped when it is this far behind: the ledger is on disk, it can read it there. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

const STATUS_OF_PROBLEM: Readonly<Record<string, number>> = {
  'event-id/bad': 400,
  'admin/no-such-event': 404,
  'admin/no-such-workload': 404,
};

export async function serveAdmin(options: AdminServerOptions): Promise<{ readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(options, request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      refuse(response, 500, { code: 'admin/failed', message });
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  // The socket's folder is 0700 and the instance is locked: what lies at the path is of a server that died.
  rmSync(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socketPath, resolve);
  });
  chmodSync(options.socketPath, 0o600);
  return { close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const peer = options.peerOf(request.socket);
  if (peer === undefined || (peer.uid !== options.ownUid && peer.uid !== 0)) {
    const message = 'only the user who started the server, and root, may use its admin socket';
    return refuse(response, 403, { code: 'admin/not-yours', message });
  }
  const { operations } = options;
  const path = URL.parse(request.url ?? '/', 'http://admin')?.pathname ?? '';
  if (request.method === 'POST' && path === ROUTES.decisions) return decide(operations, peer.uid, request, response);
  // No other route takes a body. One that is not read would stop the socket before the caller's end could be seen.
  request.resume();
  if (request.method === 'GET' && path === ROUTES.status) return send(response, operations.status());
  if (request.method === 'GET' && path === ROUTES.events) return follow(operations, response);
  const id = parameter(ROUTES.explanation, path);
  if (request.method === 'GET' && id !== undefined) {
    const explained = await operations.explain(id);
    return isProblem(explained) ? refuse(response, undefined, explained) : send(response, explained);
  }
  const name = parameter(ROUTES.join, path);
  if (request.method === 'POST' && name !== undefined) return join(operations, name, peer.pid, response);
  refuse(response, 404, { code: 'admin/no-such-route', message: `no route is \`${request.method} ${path}\`` });
}

/** The value at the one `:parameter` of a route's path; undefined when the path is not of the route. */
function parameter(route: string, path: string): string | undefined {
  const pattern = new RegExp(`^${route.replace(/:\w+/u, '([^/]+)')}$`, 'u');
  const value = pattern.exec(path)?.[1];
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

async function decide(
  operations: AdminOperations,
  uid: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body.kind === 'refused') {
    return refuse(response, body.status, { code: 'admin/bad-body', message: body.message });
  }
  const asked = parseAccessRequest(body.text);
  if (!asked.ok) return refuse(response, 400, asked.problem);
  send(response, await operations.decide(asked.value, uid));
}

function follow(operations: AdminOperations, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const end = operations.follow((followed) => {
    response.write(`${JSON.stringify(followed)}\n`);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  });
  response.on('close', end);
}

async function join(operations: AdminOperations, name: string, pid: number, response: ServerResponse): Promise<void> {
  const joined = await operations.join(name, pid);
  if (isProblem(joined)) return refuse(response, undefined, joined);
  const { leave, ...answered } = joined;
  // The membership lasts as long as this response is open: the kernel closes it when the caller dies.
  response.on('close', leave);
  if (response.destroyed) return leave();
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write(`${JSON.stringify(answered)}\n`);
}

function send(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number | undefined, problem: Problem): void {
  if (response.headersSent) return void response.destroy();
  const code = status ?? STATUS_OF_PROBLEM[problem.code] ?? 409;
  response.writeHead(code, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}
