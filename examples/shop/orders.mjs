// Takes an order and has payments charge it, over plain HTTP on loopback: its proxy does the rest.
import { Agent, createServer, request as httpRequest } from 'node:http';

const agent = new Agent({ keepAlive: true });

function charge(item) {
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${process.env.PAYMENTS_URL}/charges`, { method: 'POST', agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end(JSON.stringify({ item }));
  });
}

let last = 0;
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    response.setHeader('content-type', 'application/json');
    if (request.method !== 'POST' || request.url !== '/orders') return response.writeHead(404).end('{}');
    try {
      const { item } = JSON.parse(Buffer.concat(chunks).toString());
      const { status, body } = await charge(item);
      if (status !== 200) return response.writeHead(502).end(JSON.stringify({ error: 'payment failed', cause: body }));
      last += 1;
      response.writeHead(201).end(JSON.stringify({ order: last, item, payment: body }));
    } catch (error) {
      response.writeHead(502).end(JSON.stringify({ error: `payments cannot be reached: ${error.message}` }));
    }
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
