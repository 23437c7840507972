/** One request on the way of an `http.send`: the first, or what a redirect makes of it. */
import { BuiltinError } from '../builtins/builtin.ts';
import { splitUrl } from '../builtins/http-request.ts';
import type { HttpRequest, TlsOptions } from '../builtins/network-question.ts';
import { bytesOfText } from '../values/bytes.ts';
import { quote } from '../values/text.ts';
import { type AllowList, allowsHost, type Peer } from './allow-list.ts';
import { headerOf } from './http-result.ts';
import { firstHeaders, headerProblem, type Headers, methodProblem, redirectedHeaders } from './request-headers.ts';
import type { IncomingResponse } from './transport.ts';

export type Hop = {
  readonly method: string;
  readonly url: URL;
  /** As errors show it: never with a password. */
  readonly shown: string;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
  readonly tls: TlsOptions;
  /** The policy did not ask for packed bodies itself, and so gets them unpacked. */
  readonly unpacks: boolean;
};

/** Refused where its URL is none, or where it names a host that is not allowed, in whatever place. */
export function firstHop(request: HttpRequest, allow: AllowList): Hop | BuiltinError {
  const parts = splitUrl(request.url);
  if (parts instanceof BuiltinError) return parts;
  if (!URL.canParse(request.url)) return new BuiltinError(`parse ${quote(request.url)}: invalid URL`);
  const url = new URL(request.url);
  const wrong = methodProblem(request.method) ?? headerProblem(request.headers);
  if (wrong !== undefined) return new BuiltinError(wrong);
  const hostHeader = headerOf(request.headers, 'host');
  const serverName = request.tls.serverName ?? hostHeader?.replace(/:\d*$/, '');
  const { port } = peerOf(url);
  // A server of many hosts goes by these names, and not by the one that the URL has.
  const names = [peerOf(url).host, ...(serverName === undefined ? [] : [serverName])];
  const forbidden = names.find((host) => !allowsHost(allow, { host, port }));
  if (forbidden !== undefined) return new BuiltinError(`disallowed host: ${forbidden}`);
  return {
    method: request.method,
    url,
    shown: url.username === '' && url.password === '' ? request.url : withoutCredentials(url),
    headers: firstHeaders(request.headers, url),
    body: request.body === undefined ? undefined : bytesOfText(request.body),
    tls: serverName === undefined ? request.tls : { ...request.tls, serverName },
    unpacks: headerOf(request.headers, 'accept-encoding') === undefined,
  };
}

export function peerOf(url: URL): Peer {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function withoutCredentials(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

const CHANGES_METHOD: ReadonlySet<number> = new Set([301, 302, 303]);
const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308]);

/**
 * What is to be asked next; nothing where the response is no redirect. Another origin gets neither what may be a
 * credential nor the certificate of the first one.
 */
export function redirected(hop: Hop, { statusCode, headers }: IncomingResponse): Hop | undefined {
  const changes = CHANGES_METHOD.has(statusCode);
  const location = headerOf(headers, 'location');
  if ((!changes && !KEEPS_METHOD.has(statusCode)) || location === undefined || location === '') return undefined;
  if (!URL.canParse(location, hop.url.href)) return undefined;
  const url = new URL(location, hop.url.href);
  const losesBody = changes && hop.method !== 'GET' && hop.method !== 'HEAD';
  const sameOrigin = url.origin === hop.url.origin;
  const { certificate: _, key: __, serverName: ___, ...elsewhere } = hop.tls;
  return {
    method: losesBody ? 'GET' : hop.method,
    url,
    shown: withoutCredentials(url),
    headers: redirectedHeaders(hop.headers, { sameOrigin, losesBody }),
    body: losesBody ? undefined : hop.body,
    tls: sameOrigin ? hop.tls : elsewhere,
    unpacks: hop.unpacks,
  };
}
