/** One `http.send`: every host and address checked before it is asked, redirects followed, the response received. */
import { BuiltinError } from '../builtins/builtin.ts';
import { parseIp } from '../builtins/net-address.ts';
import { NetworkError } from '../builtins/network-error.ts';
import type { HttpRequest } from '../builtins/network-question.ts';
import { RegoError } from '../evaluate/rego-error.ts';
import { quote } from '../values/text.ts';
import type { RegoObject } from '../values/value.ts';
import { allowsAddress, allowsHost } from './allow-list.ts';
import { firstHop, type Hop, peerOf, redirected } from './hop.ts';
import { headerOf, type ReceivedResponse, resultOf } from './http-result.ts';
import { reasonOf } from './failure-reason.ts';
import { receiveBody, TooLarge } from './receive-body.ts';
import { orAborted, type Spending } from './spending.ts';
import type { IncomingResponse } from './transport.ts';

/** A way from the first request to a response, or to what stood in it. */
type Attempt =
  | { readonly kind: 'received'; readonly response: ReceivedResponse }
  /** `mayPass`: another attempt could end otherwise. */
  | { readonly kind: 'failed'; readonly hop: Hop; readonly reason: string; readonly mayPass: boolean }
  | { readonly kind: 'timedOut'; readonly hop: Hop };

/** The object that `http.send` gives, or its error. Rejects where the evaluation is over (`RegoError`). */
export async function exchange(request: HttpRequest, spending: Spending): Promise<RegoObject | BuiltinError> {
  const first = firstHop(request, spending.access.allow);
  if (first instanceof BuiltinError) return first;
  for (let attempts = 0; ; attempts += 1) {
    const signal = spending.limitOf(request.timeoutMilliseconds);
    const attempt = await spending.orEnd(new Journey(spending, signal).follow(first, request.followsRedirects));
    if (attempt.kind === 'received') return resultOf(attempt.response, request);
    const isLast = attempts >= request.maxRetries || (attempt.kind === 'failed' && !attempt.mayPass);
    if (isLast) return errorOf(attempt);
    await spending.orEnd(pause(retryDelayMilliseconds(attempts)));
  }
}

function errorOf(attempt: Exclude<Attempt, { kind: 'received' }>): NetworkError {
  const { method, shown } = attempt.hop;
  const operation = method.slice(0, 1) + method.slice(1).toLowerCase();
  if (attempt.kind === 'failed') return new NetworkError(`${operation} ${quote(shown)}: ${attempt.reason}`);
  const detail = `${operation} ${quote(shown)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return new NetworkError(`${operation} ${shown}: request timed out`, detail);
}

/** At once, then 160 ms, and up to a minute. */
function retryDelayMilliseconds(retries: number): number {
  return retries === 0 ? 0 : Math.min(100 * 1.6 ** retries, 60_000);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** One attempt, within one limit of time. */
class Journey {
  readonly #spending: Spending;
  readonly #signal: AbortSignal;

  constructor(spending: Spending, signal: AbortSignal) {
    this.#spending = spending;
    this.#signal = signal;
  }

  async follow(first: Hop, followsRedirects: boolean): Promise<Attempt> {
    const { maxRedirects } = this.#spending.access;
    let hop = first;
    for (let redirects = 0; ; redirects += 1) {
      const addresses = await this.#attempt(hop, this.#addressesOf(hop));
      if ('kind' in addresses) return addresses;
      const response = await this.#attempt(hop, this.#send(hop, addresses));
      if ('kind' in response) return response;
      const next = followsRedirects ? redirected(hop, response) : undefined;
      if (next === undefined) return this.#receive(hop, response);
      await response.body[Symbol.asyncIterator]().return?.();
      hop = next;
      if (redirects === maxRedirects) return failed(hop, `stopped after ${maxRedirects} redirects`);
    }
  }

  /** What is promised, or why it is not to be had. */
  async #attempt<T extends object>(hop: Hop, promise: Promise<T>): Promise<T | Attempt> {
    try {
      return await orAborted(promise, this.#signal);
    } catch (error) {
      if (error instanceof RegoError) throw error;
      if (error instanceof Refusal) return failed(hop, error.message);
      if (this.#signal.aborted) return { kind: 'timedOut', hop };
      return { kind: 'failed', hop, reason: reasonOf(error, peerOf(hop.url)), mayPass: !(error instanceof TooLarge) };
    }
  }

  /** Each is one that may be connected to. */
  async #addressesOf({ url }: Hop): Promise<readonly string[]> {
    this.#spending.countRequest();
    const { allow, transport } = this.#spending.access;
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new Refusal(`unsupported protocol scheme ${quote(url.protocol.slice(0, -1))}`);
    }
    const peer = peerOf(url);
    if (!allowsHost(allow, peer)) throw new Refusal(`disallowed host: ${peer.host}`);
    if (parseIp(peer.host) !== undefined) return [peer.host];
    const addresses = await transport.lookUp(peer.host, this.#signal);
    const forbidden = addresses.find((address) => !allowsAddress(allow, peer, address));
    if (forbidden === undefined && addresses.length > 0) return addresses;
    throw new Refusal(
      forbidden === undefined
        ? `dial tcp: lookup ${peer.host}: no such host`
        : `disallowed address: ${forbidden} of ${peer.host} (it is not public, and must itself be allowed)`,
    );
  }

  async #send({ method, url, headers, body, tls }: Hop, addresses: readonly string[]): Promise<IncomingResponse> {
    return this.#spending.access.transport.send({ method, url, addresses, headers, body, tls }, this.#signal);
  }

  async #receive(hop: Hop, response: IncomingResponse): Promise<Attempt> {
    const isGzip =
      hop.unpacks && hop.method !== 'HEAD' && headerOf(response.headers, 'content-encoding')?.toLowerCase() === 'gzip';
    const { maxBytes } = this.#spending;
    const body = await this.#attempt(hop, receiveBody(response.body, { isGzip, maxBytes }));
    if ('kind' in body) return body;
    this.#spending.countBytes(body.byteLength);
    const gone = isGzip ? ['content-encoding', 'content-length'] : [];
    const headers = response.headers.filter(([name]) => ![...gone, 'transfer-encoding'].includes(name.toLowerCase()));
    return { kind: 'received', response: { ...response, headers, body } };
  }
}

/** What is not asked, and would not be asked at another attempt. */
class Refusal extends Error {}

function failed(hop: Hop, reason: string): Attempt {
  return { kind: 'failed', hop, reason, mayPass: false };
}
