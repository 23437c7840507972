/** An app behind the proxy for tests: a real HTTP server that says what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listenLocally } from './mesh.ts';

export type HttpApp = AsyncDisposable & { readonly port: number; readonly requests: readonly string[] };

/** Answers `METHOD URL BODYBYTES`, unless `handler` takes the request. */
export async function startHttpApp(
  handler: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<HttpApp> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (handler(request, response)) return;
    let bytes = 0;
    request.on('data', (part: Buffer) => (bytes += part.length));
    request.on('end', () => response.end(`${request.method} ${request.url} ${bytes}\n`));
  });
  const port = await listenLocally(server);
  return {
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
