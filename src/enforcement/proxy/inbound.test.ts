import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { callTls, CLIENT, issue, listenLocally, readUntil, startMesh } from './testing/mesh.ts';

const GET = 'GET /a?q=1 HTTP/1.1\r\nHost: service.test:8080\r\n\r\n';

/** Answers with what it was asked. */
async function startApp(): Promise<AsyncDisposable & { readonly port: number; readonly requests: () => number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString('latin1')));
    request.on('end', () => response.end(`${request.method} ${request.url} ${body}\n`));
  });
  const port = await listenLocally(server);
  return {
    port,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a workload with an SVID is asked for, and its request reaches the app', async () => {
  await using app = await startApp();
  await using mesh = await startMesh({ appPort: app.port });
  const socket = await callTls(mesh.proxy.address.port, issue(mesh.authority, CLIENT));
  socket.write(GET);
  const answer = await readUntil(socket, 'q=1 \n');
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/u);
  assert.match(answer, /GET \/a\?q=1/u);
  const [connect, request] = mesh.ledger.events.filter(({ kind }) => kind === 'decision');
  assert.equal(connect?.actor.id, CLIENT);
  assert.equal(request?.actor.id, CLIENT);
  socket.destroy();
});
