// Takes money. Believes whoever reaches it: it has no security code.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST' && request.url === '/charges') {
      const { item } = JSON.parse(Buffer.concat(chunks).toString());
      response.end(JSON.stringify({ charged: item, cents: 1999 }));
    } else if (request.url === '/health') {
      // It would do this for anyone, too.
      response.end(JSON.stringify(request.method === 'DELETE' ? { stopped: true } : { ok: true }));
    } else {
      response.writeHead(404).end('{}');
    }
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
