/** A real HTTP server on loopback for tests of `http.send`: each path does one thing. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

export type Seen = { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] };

export type Origin = AsyncDisposable & {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly base: string;
  readonly seen: readonly Seen[];
};

type Page = (response: ServerResponse, body: string) => void;

/** `more` replaces or adds paths. */
export async function startOrigin(more: { readonly [path: string]: Page } = {}): Promise<Origin> {
  const seen: Seen[] = [];
  const pages = new Map(Object.entries({ ...PAGES, ...more }));
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, headers });
    void answer();
    async function answer(): Promise<void> {
      pages.get(path)?.(response, await text(request));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    base: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

const PAGES: { readonly [path: string]: Page } = {
  '/json': (response) => {
    json(response, { ok: true, n: [1, 2] });
  },
  '/echo': (response, body) => {
    json(response, { body });
  },
  '/broken': (response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"ok": tru');
  },
  '/plain': (response) => {
    response.end('{"plain": 1}');
  },
  '/yaml': (response) => {
    response.setHeader('content-type', 'application/yaml');
    response.end('a:\n- 1\n- two\n');
  },
  '/gzip': (response) => {
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('content-type', 'application/json');
    response.end(gzipSync('{"packed": true}'));
  },
  '/bomb': (response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(Buffer.alloc(50_000_000)));
  },
  '/torn': (response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync('{"packed": true}').subarray(0, 15));
  },
  '/huge': (response) => {
    const piece = Buffer.alloc(65_536, 'x');
    const go = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', go);
    go();
  },
  '/silent': () => undefined,
  '/stalls': (response) => {
    response.write('{');
  },
  '/hangs-up': (response) => {
    response.socket?.destroy();
  },
  '/loop': (response) => {
    response.writeHead(302, { location: '/loop' }).end();
  },
  '/moved': (response) => {
    response.writeHead(301, { location: '/json' }).end('moved');
  },
  '/kept': (response) => {
    response.writeHead(307, { location: '/echo' }).end();
  },
  '/refused': (response) => {
    response.writeHead(500, 'Not Now').end('no');
  },
};
