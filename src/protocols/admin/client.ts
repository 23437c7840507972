/** Asks a running server over its admin socket. */
import { type IncomingMessage, request as httpRequest } from 'node:http';

import type { AccessRequest } from '../../kernel/access-request.ts';
import { type Problem, ProblemError } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type Decided, type Explained, type FollowedEvent, type Joined, ROUTES, type Status } from './contract.ts';

export type AdminClient = {
  readonly status: () => Promise<Result<Status>>;
  readonly explain: (id: string) => Promise<Result<Explained>>;
  readonly decide: (request: AccessRequest) => Promise<Result<Decided>>;
  /** Every event from now on. Throws a `ProblemError` when there is no server, and `admin/gone` when it goes away. */
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
    decide: (request) =>
      call(socketPath, 'POST', ROUTES.decisions, JSON.stringify(request)).then((outcome) => whole<Decided>(outcome)),
    events: () => events(socketPath),
    join: (name) => join(socketPath, name),
  };
}

async function* events(socketPath: string): AsyncGenerator<FollowedEvent, void, undefined> {
  const response = await call(socketPath, 'GET', ROUTES.events);
  if (!response.ok) throw new ProblemError(response.problem);
  if (response.value.statusCode !== 200) {
    const refused = await whole(response);
    throw new ProblemError(refused.ok ? BAD_ANSWER : refused.problem);
  }
  let rest = '';
  try {
    // Not by `node:readline`, to which U+2028 ends a line; to JSON it is a character like any other.
    for await (const chunk of response.value.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as FollowedEvent;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  throw new ProblemError({
    code: 'admin/gone',
    message: 'the server went away, or dropped this reader for being too slow',
    hint: 'what was missed is on disk: `countersign ledger show`',
  });
}

async function join(socketPath: string, name: string): Promise<Result<Membership>> {
  const response = await call(socketPath, 'POST', ROUTES.join.replace(':name', encodeURIComponent(name)));
  if (!response.ok) return response;
  const { value: stream } = response;
  if (stream.statusCode !== 200) return whole(response);
  const left = new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
  });
  const first = await Promise.race([firstLine(stream), left]);
  if (first === undefined) return err({ code: 'admin/gone', message: 'the server closed the connection' });
  return ok({ ...(JSON.parse(first) as Joined), left, leave: () => void stream.destroy() });
}

/** Reads on behind the line, so that the end of the stream is seen. */
function firstLine(stream: IncomingMessage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text: string | undefined = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (text === undefined) return;
    text += chunk;
    const end = text.indexOf('\n');
    if (end === -1) return;
    resolve(text.slice(0, end));
    text = undefined;
  });
  return promise;
}

function call(socketPath: string, method: string, path: string, body?: string): Promise<Result<IncomingMessage>> {
  return new Promise((resolve) => {
    const request = httpRequest({ socketPath, method, path }, (response) => {
      response.on('error', () => undefined);
      resolve(ok(response));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const message = `no server answers on \`${socketPath}\` (${error.code ?? error.message})`;
      const foreign = 'it belongs to another user: ask as the one who started it, or as root';
      const hint = error.code === 'EACCES' ? foreign : 'start it with `countersign up`';
      resolve(err({ code: 'admin/unreachable', message, hint }));
    });
    request.end(body);
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
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    return response.value.statusCode === 200 ? ok(body as T) : err(body as Problem);
  } catch {
    return err(BAD_ANSWER);
  }
}

const BAD_ANSWER: Problem = {
  code: 'admin/bad-answer',
  message: 'what answers on the admin socket does not speak the admin contract',
  hint: 'is the server of another version?',
};
