/** How Node reaches the network for `http.send`. Only what is for Node alone imports this file. */
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';

import type { TlsOptions } from '../builtins/network-question.ts';
import type { IncomingResponse, OutgoingRequest, Transport } from './transport.ts';

/** Connections are not kept: each is made to an address that was checked for its request. */
export const nodeTransport: Transport = { lookUp, send };

async function lookUp(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

/** The addresses one after another, as long as none takes the connection. */
async function send(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
  let failure: unknown;
  for (const address of request.addresses) {
    try {
      return await sendTo(address, request, signal);
    } catch (error) {
      failure = error;
      if (signal.aborted || !isOfConnecting(error)) break;
    }
  }
  throw failure;
}

/** Nothing was sent yet: another address may be tried. */
function isOfConnecting(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

function sendTo(address: string, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingResponse>();
  const { url, method, body } = request;
  const headers: [string, string][] = [...request.headers] as [string, string][];
  if (!headers.some(([name]) => name === 'host')) headers.unshift(['host', url.host]);
  // As Go does: a body of no bytes has a length where a body is expected.
  const hasLength = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  if (hasLength) headers.push(['content-length', String(body?.byteLength ?? 0)]);
  const options: RequestOptions = {
    host: address,
    port: url.port,
    method,
    path: url.pathname + url.search,
    headers: headers.flat(),
    agent: false,
    signal,
  };
  const outgoing =
    url.protocol === 'https:'
      ? httpsRequest({ ...options, ...tlsOptions(request.tls, url.hostname) })
      : httpRequest(options);
  outgoing.once('error', reject);
  outgoing.once('response', (incoming) => {
    resolve(responseOf(incoming));
  });
  outgoing.end(body);
  return promise;
}

function responseOf(incoming: IncomingMessage): IncomingResponse {
  const { statusCode = 0, statusMessage = '', rawHeaders } = incoming;
  const headers: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return { statusCode, statusText: statusMessage, headers, body: incoming };
}

type NodeTls = {
  readonly servername: string;
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
};

/** An address has no server name, and is itself what the certificate must be for. */
function tlsOptions(tls: TlsOptions, hostname: string): NodeTls {
  const name = tls.serverName ?? hostname;
  const authorities = [
    ...(tls.useSystemCertificates === true ? getCACertificates('system') : []),
    ...(tls.certificateAuthorities === undefined ? [] : [tls.certificateAuthorities]),
  ];
  return {
    servername: isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : '',
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    ...(tls.certificate === undefined || tls.key === undefined ? {} : { cert: tls.certificate, key: tls.key }),
    rejectUnauthorized: tls.skipVerification !== true,
  };
}
