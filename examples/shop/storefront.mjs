// What the customer sees: `GET /buy?item=book`. It also buys something itself now and then, so that there is traffic.
import { Agent, createServer, request as httpRequest } from 'node:http';

const agent = new Agent({ keepAlive: true });
const SECONDS_BETWEEN_ORDERS = 5;

function order(item) {
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${process.env.ORDERS_URL}/orders`, { method: 'POST', agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    call.on('error', reject);
    call.end(JSON.stringify({ item }));
  });
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://storefront');
  response.setHeader('content-type', 'application/json');
  if (url.pathname !== '/buy') return response.writeHead(404).end('{}');
  try {
    const { status, text } = await order(url.searchParams.get('item') ?? 'book');
    response.writeHead(status).end(`${text}\n`);
  } catch (error) {
    response.writeHead(502).end(`${JSON.stringify({ error: `orders cannot be reached: ${error.message}` })}\n`);
  }
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

const buy = () => order('book').catch((error) => console.error(`the order did not go through: ${error.message}`));
void buy();
setInterval(buy, SECONDS_BETWEEN_ORDERS * 1000);
