/** What an asynchronous evaluation needs to reach a network: names looked up, and one request sent. */
import type { TlsOptions } from '../builtins/network-question.ts';

export type OutgoingRequest = {
  readonly method: string;
  /** `http:` or `https:`. */
  readonly url: URL;
  /** Where to connect, the first that answers, and nowhere else: others were not checked. */
  readonly addresses: readonly string[];
  /** Names in lower case, each once; `host` among them where it is not that of the URL. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Absent: there is none, and no `content-length`. */
  readonly body: Uint8Array | undefined;
  /** `serverName` is set where it is not the host of the URL. */
  readonly tls: TlsOptions;
};

export type IncomingResponse = {
  readonly statusCode: number;
  readonly statusText: string;
  /** As they came, in order; a name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As it crossed the wire, without what transfers add to it. Whoever stops reading early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
};

/** Both reject with an `Error` where they come to nothing, and at once when the signal is aborted. */
export type Transport = {
  /** The addresses of a name, at least one. */
  readonly lookUp: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Follows no redirect, keeps no cookie, sends what it is given. */
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingResponse>;
};
