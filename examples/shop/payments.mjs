// Takes money, and gives it back. Believes whoever reaches it: its proxy sees to who that is. The one thing that no proxy
// can know, whether this person may refund this much, it asks.
import { createServer } from 'node:http';

import { ask } from './ask.mjs';

async function refund({ by, order, amount, approvedBy }) {
  const { decision, context } = await ask({
    subject: { type: 'user', id: by },
    action: { name: 'refund' },
    resource: { type: 'order', id: order },
    context: approvedBy === undefined ? { amount } : { amount, approvedBy },
  });
  if (!decision) return { status: 403, body: { error: 'refund not allowed', decision_id: context.id } };
  return { status: 200, body: { refunded: order, amount } };
}

async function answer(method, url, text) {
  if (method === 'POST' && url === '/charges')
    return { status: 200, body: { charged: JSON.parse(text).item, cents: 1999 } };
  if (method === 'POST' && url === '/refunds') return refund(JSON.parse(text));
  // It would do this for anyone, too.
  if (url === '/health') return { status: 200, body: method === 'DELETE' ? { stopped: true } : { ok: true } };
  return { status: 404, body: {} };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { status, body } = await answer(request.method, request.url, Buffer.concat(chunks).toString()).catch(
      (error) => {
        return { status: 500, body: { error: error.message } };
      },
    );
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
