/** Asks a running server over its admin socket. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';

import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type Explained, type FollowedEvent, type Joined, ROUTES, type Status } from './contract.ts';

export type AdminClient = {
  readonly status: () => Promise<Result<Status>>;
  readonly explain: (id: string) => Promise<Result<Explained>>;
  /** Every event from now on, until the server goes away. */
  readonly events: () => AsyncIterable<FollowedEvent>;
  /** Makes this process and its descendants the workload, until `leave` or its own end. */
  readonly join: (name: string) => Promise<Result<Membership>>;
};

/** `left` settles when it ended, also because the server went away. */
export type Membership = Joined & { readonly left: Promise<void>; readonly leave: () => void };

export function adminClient(socketPath: string): AdminClient {
  const get = <T>(path: string): Promise<Result<T>> =>
    call(socketPath, 'GET', path).then((outcome) => whole<T>(outcome));
  return {
    status: () => get<Status>(ROUTES.status),
    explain: (id) => get<Explained>(ROUTES.explanation.replace(':id', encodeURIComponent(id))),
    events: async function* events() {
      const response = await call(socketPath, 'GET', ROUTES.events);
      if (!response.ok) return;
      for await (const line of createInterface({ input: response.value })) yield JSON.parse(line) as FollowedEvent;
    },
    join: (name) => join(socketPath, name),
  };
}

async function join(socketPath: string, name: string): Promise<Result<Membership>> {
  const response = await call(socketPath, 'POST', ROUTES.join.replace(':name', encodeURIComponent(name)));
  if (!response.ok) return response;
  if (response.value.statusCode !== 200) return whole(response);
  const lines = createInterface({ input: response.value });
  const left = new Promise<void>((resolve) => lines.once('close', () => resolve()));
  const first = await new Promise<string | undefined>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(undefined));
  });
  if (first === undefined) return err({ code: 'admin/gone', message: 'the server closed the connection' });
  const { value: stream } = response;
  return ok({ ...(JSON.parse(first) as Joined), left, leave: () => void stream.destroy() });
}

function call(socketPath: string, method: string, path: string): Promise<Result<IncomingMessage>> {
  return new Promise((resolve) => {
    const request = httpRequest({ socketPath, method, path }, (response) => {
      response.on('error', () => undefined);
      resolve(ok(response));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const message = `no server answers on \`${socketPath}\` (${error.code ?? error.message})`;
      resolve(err({ code: 'admin/unreachable', message, hint: 'start it with `countersign up`' }));
    });
    request.end();
  });
}

async function whole<T>(response: Result<IncomingMessage>): Promise<Result<T>> {
  if (!response.ok) return response;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response.value) chunks.push(chunk as Buffer);
  } catch {
    return err({ code: 'admin/gone', message: 'the server went away in the middle of its answer' });
  }
  const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  return response.value.statusCode === 200 ? ok(body as T) : err(body as Problem);
}
