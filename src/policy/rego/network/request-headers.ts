/** The headers of a request: what a policy may set, what is added, and what goes along to another host. */
import { quote } from '../values/text.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

/** Of the connection and of the framing of messages: the transport's alone. */
const OF_THE_TRANSPORT: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What another host may see of a request that was not made to it; all else may be a credential. */
const TRAVELS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'user-agent',
]);

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;

/** A tunnel is nothing that a decision needs, and would leave what was checked. */
export function methodProblem(method: string): string | undefined {
  return NAME.test(method) && method !== 'CONNECT' ? undefined : `net/http: invalid method ${quote(method)}`;
}

/** What is wrong with one of them, in Go's words; nothing where all can be sent. */
export function headerProblem(headers: Headers): string | undefined {
  for (const [name, value] of headers) {
    if (!NAME.test(name)) return `net/http: invalid header field name ${quote(name)}`;
    if (!VALUE.test(value)) return `net/http: invalid header field value for ${quote(name)}`;
  }
  return undefined;
}

/** `user:password` of the URL is a header, unless the policy sets that itself. */
export function firstHeaders(given: Headers, url: URL): Headers {
  const own = given.filter(([name]) => !OF_THE_TRANSPORT.has(name));
  const names = new Set(own.map(([name]) => name));
  const added: [string, string][] = [];
  if (!names.has('user-agent')) added.push(['user-agent', 'countersign']);
  if (!names.has('accept-encoding')) added.push(['accept-encoding', 'gzip']);
  if (url.username !== '' && !names.has('authorization')) added.push(['authorization', basicCredentials(url)]);
  return [...own, ...added];
}

function basicCredentials({ username, password }: URL): string {
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** After a redirect. A request that became a GET has no body, and nothing that describes one. */
export function redirectedHeaders(headers: Headers, change: { sameOrigin: boolean; losesBody: boolean }): Headers {
  return headers.filter(
    ([name]) => (change.sameOrigin || TRAVELS.has(name)) && !(change.losesBody && name.startsWith('content-')),
  );
}
