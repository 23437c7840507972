// Somebody inside: a process with a valid identity of its own, who tries everything to get at payments.
// Exits with 0 when every attempt went as zero trust says it must, else with 1.
import { createServer, connect as tcpConnect } from 'node:net';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect as tlsConnect } from 'node:tls';

import { forgeCertificate } from './forged-certificate.mjs';
import { fetchSvid } from './workload-api.mjs';

const target = { host: '127.0.0.1', port: Number(process.env.TARGET_PORT) };
const CHARGE = 'POST /charges HTTP/1.1\r\nhost: payments\r\ncontent-length: 16\r\n\r\n{"item":"yacht"}';
const HEALTH = 'GET /health HTTP/1.1\r\nhost: payments\r\n\r\n';
const STOP = 'DELETE /health HTTP/1.1\r\nhost: payments\r\n\r\n';

/** Sends text on a socket and resolves to the status of the answer, or to how the connection ended. */
function send(socket, text) {
  return new Promise((resolve) => {
    let answer = '';
    socket.setTimeout(5000, () => finish('silence'));
    const finish = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('data', (chunk) => {
      answer += chunk;
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
      if (status !== undefined && answer.includes('\r\n\r\n')) finish(status);
    });
    socket.on('error', () => finish('closed'));
    socket.on('close', () => finish('closed'));
    socket.write(text);
  });
}

/** A TLS connection to payments' proxy, with a certificate or without; the server is not verified: we are the villain. */
function tls(identity, through = target) {
  const options = { ...through, rejectUnauthorized: false, checkServerIdentity: () => undefined };
  return tlsConnect({ ...options, ...(identity ? { cert: identity.certificate, key: identity.key } : {}) });
}

/** Calls payments through a wire tap, and gives back what was sent over the wire. */
async function capture(identity) {
  const sent = [];
  const tap = createServer((client) => {
    const upstream = tcpConnect(target);
    client.on('data', (chunk) => sent.push(chunk));
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(tap, 'listening');
  const outcome = await send(tls(identity, { host: '127.0.0.1', port: tap.address().port }), HEALTH);
  tap.close();
  return { outcome, bytes: Buffer.concat(sent) };
}

/** Sends captured bytes on a new connection; resolves to `accepted` only if payments' answer comes back. */
function replay(bytes) {
  return new Promise((resolve) => {
    const socket = tcpConnect(target, () => socket.write(bytes));
    socket.setTimeout(5000, () => socket.destroy());
    socket.resume();
    socket.on('error', () => undefined);
    // Whatever came back is the start of a handshake that we cannot finish: we have the bytes, not the keys.
    socket.on('close', () => resolve('closed'));
  });
}

function plainCall(port, path) {
  return new Promise((resolve) => {
    const call = httpRequest({ host: '127.0.0.1', port, path, method: 'POST' }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    call.on('error', () => resolve('closed'));
    call.end('{"item":"yacht"}');
  });
}

let asExpected = true;
function report(attempt, outcome, wanted) {
  const good = wanted.includes(outcome);
  asExpected &&= good;
  console.log(`${good ? ' ' : '!'} ${attempt}: ${outcome}${good ? '' : ` (wanted ${wanted.join(' or ')})`}`);
}

const REFUSED = ['403', 'closed'];
// Kept until it is expired; every other attempt takes a fresh one.
const mine = await fetchSvid();

report('in plain text', await send(tcpConnect(target), CHARGE), REFUSED);
report('over TLS, without a certificate', await send(tls(), CHARGE), REFUSED);
const foreign = await forgeCertificate('spiffe://evil.example/ns/shop/sa/orders');
report('with a certificate of another trust domain', await send(tls(foreign), CHARGE), REFUSED);
const forged = await forgeCertificate('spiffe://shop.example/ns/shop/sa/orders');
report('with a forged certificate that says `orders`', await send(tls(forged), CHARGE), REFUSED);
const captured = await capture(await fetchSvid());
report('with my own certificate, what I may do (GET /health)', captured.outcome, ['200']);
report('with my own certificate, what orders may do (POST /charges)', await send(tls(await fetchSvid()), CHARGE), [
  '403',
]);
report('with my own certificate, a forbidden method (DELETE /health)', await send(tls(await fetchSvid()), STOP), [
  '403',
]);
report('replaying the captured bytes of the allowed request', await replay(captured.bytes), ['closed']);
report("through storefront's own door to orders", await plainCall(process.env.SOMEBODY_ELSES_DOOR, '/orders'), [
  '502',
  '403',
  'closed',
]);
await new Promise((resolve) => setTimeout(resolve, mine.notAfter - Date.now() + 1000));
report('with my own certificate, expired', await send(tls(mine), HEALTH), REFUSED);
// Not a failure of the proxy, which never sees it: one machine's loopback does not keep processes of one user apart.
report("at payments' own loopback port, behind its proxy", await plainCall(process.env.TARGET_APP_PORT, '/charges'), [
  '200',
]);

process.exit(asExpected ? 0 : 1);
