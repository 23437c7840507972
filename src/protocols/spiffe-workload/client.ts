/** A workload's side of the Workload API: its newest SVID and bundles, kept fresh over one stream. */
import { create } from '@bufbuild/protobuf';
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';

import type { Timers } from '../../identity/timers.ts';
import type { BundleSource } from '../../identity/trust-bundle.ts';
import type { SvidSource, X509Svid } from '../../identity/x509-svid.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Problem, ProblemError } from '../../kernel/problem.ts';
import { methodDefinition } from '../grpc-service.ts';
import type { EndpointSocket } from './endpoint-socket.ts';
import { SpiffeWorkloadAPI, X509SVIDRequestSchema, type X509SVIDResponse } from './generated/workload_pb.js';
import { readX509Context, type X509Context } from './x509-context.ts';

export type X509SourceOptions = {
  readonly endpoint: EndpointSocket;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Fills n bytes; spreads the attempts of many workloads after an outage. */
  readonly random: (bytes: number) => Uint8Array;
};

export type X509SourceState =
  | { readonly kind: 'waiting'; readonly problem?: Problem }
  /** `problem`: the stream broke since, and what is held may be old. */
  | { readonly kind: 'ready'; readonly context: X509Context; readonly problem?: Problem }
  /** It is of no use to try again. */
  | { readonly kind: 'failed'; readonly problem: Problem };

/** As the clients of the field do (SPIFFE Workload API §2.3 asks for backing off exponentially). */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

const MAX_RESPONSE_BYTES: number = 4 * 1024 * 1024;

const FETCH = methodDefinition(SpiffeWorkloadAPI.method.fetchX509SVID);

/**
 * When the server says that there is no identity any more, what was held is dropped: `current` throws. When the
 * server is merely away, it is kept. A stream keeps Node alive; dispose it to end.
 */
export class X509Source implements SvidSource, Disposable {
  /** Empty until the first message and after the identity was taken back. */
  readonly bundles: BundleSource;
  readonly #options: X509SourceOptions;
  readonly #client: Client;
  readonly #rotationListeners = new Set<(svid: X509Svid) => void>();
  readonly #bundleListeners = new Set<() => void>();
  readonly #stateListeners = new Set<(state: X509SourceState) => void>();
  #state: X509SourceState = { kind: 'waiting' };
  #stream: ClientReadableStream<X509SVIDResponse> | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryMs = FIRST_RETRY_MS;
  #disposed = false;

  /** Connects at once; the first identity is there when `ready` settles. */
  constructor(options: X509SourceOptions) {
    this.#options = options;
    this.#client = new Client(targetOf(options.endpoint), credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
      // Our own connection, made anew by our own waiting: a shared one would be another source's to close.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': FIRST_RETRY_MS / 2,
      'grpc.enable_http_proxy': 0,
    });
    const bundlesNow = () => (this.#state.kind === 'ready' ? this.#state.context.bundles : []);
    this.bundles = {
      of: (domain) => bundlesNow().find(({ trustDomain }) => trustDomain === domain),
      all: bundlesNow,
      onChange: (listener) => subscribe(this.#bundleListeners, listener),
    };
    this.#open();
  }

  get state(): X509SourceState {
    return this.#state;
  }

  onState(listener: (state: X509SourceState) => void): () => void {
    return subscribe(this.#stateListeners, listener);
  }

  /** The default identity. @throws ProblemError `workload-api/no-identity` when there is none, or none any more. */
  current(): X509Svid {
    if (this.#state.kind === 'ready') return this.#state.context.svids[0];
    const problem = { code: 'workload-api/no-identity', message: 'the Workload API gave no identity' };
    throw new ProblemError(this.#state.problem ?? problem);
  }

  /** Told of each new default SVID after the first. */
  onRotation(listener: (svid: X509Svid) => void): () => void {
    return subscribe(this.#rotationListeners, listener);
  }

  /** Rejects with a ProblemError when it failed for good, or with the last problem when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<X509Context> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const state = this.#state;
        if (state.kind === 'ready') resolve(state.context);
        else if (state.kind === 'failed') reject(new ProblemError(state.problem));
        else if (signal?.aborted === true) reject(new ProblemError(state.problem ?? NO_ANSWER));
        else return;
        unsubscribe();
        signal?.removeEventListener('abort', check);
      };
      const unsubscribe = this.onState(check);
      signal?.addEventListener('abort', check);
      check();
    });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#cancelRetry?.();
    this.#stream?.cancel();
    this.#client.close();
  }

  #open(): void {
    this.#cancelRetry = undefined;
    const metadata = new Metadata();
    metadata.set('workload.spiffe.io', 'true');
    const request = create(X509SVIDRequestSchema);
    const { path, requestSerialize, responseDeserialize } = FETCH;
    const stream = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
    this.#stream = stream;
    let ended = false;
    const end = (problem: Problem, code?: status): void => {
      if (ended || this.#disposed) return;
      ended = true;
      this.#ended(problem, code);
    };
    stream.on('data', (response: X509SVIDResponse) => {
      const context = readX509Context(response, this.#options.clock.now());
      if (context.ok) return this.#received(context.value);
      end(context.problem);
      stream.cancel();
    });
    stream.on('error', (error: ServiceError) => end(problemOfStatus(error), error.code));
    stream.on('end', () => end({ code: 'workload-api/ended', message: 'the Workload API ended the stream' }));
  }

  #received(context: X509Context): void {
    this.#retryMs = FIRST_RETRY_MS;
    const before = this.#state.kind === 'ready' ? this.#state.context : undefined;
    this.#setState({ kind: 'ready', context });
    const [svid] = context.svids;
    if (before !== undefined && before.svids[0].serial !== svid.serial) {
      for (const listener of this.#rotationListeners) listener(svid);
    }
    if (before === undefined || !sameBundles(before, context)) for (const listener of this.#bundleListeners) listener();
  }

  #ended(problem: Problem, code: status | undefined): void {
    const held = this.#state;
    const kept = held.kind === 'ready' && code !== status.PERMISSION_DENIED;
    if (code === status.INVALID_ARGUMENT || code === status.UNIMPLEMENTED) this.#setState({ kind: 'failed', problem });
    else this.#setState(kept ? { kind: 'ready', context: held.context, problem } : { kind: 'waiting', problem });
    if (held.kind === 'ready' && this.#state.kind !== 'ready') for (const listener of this.#bundleListeners) listener();
    if (this.#state.kind === 'failed') return;
    const [chance = 0] = this.#options.random(1);
    const delay = this.#retryMs * (0.9 + (0.2 * chance) / 255);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#cancelRetry = this.#options.timers.after(delay, () => this.#open());
  }

  #setState(state: X509SourceState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}

const NO_ANSWER: Problem = { code: 'workload-api/no-answer', message: 'the Workload API did not answer in time' };

function targetOf(endpoint: EndpointSocket): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
  const { address, port } = endpoint;
  return address.includes(':') ? `ipv6:[${address}]:${port}` : `ipv4:${address}:${port}`;
}

/** The server's own words are shown, shortened: they come from the machine's own agent. */
function problemOfStatus({ code, details }: ServiceError): Problem {
  if (code === status.PERMISSION_DENIED) {
    const hint = 'ask the operator to register this workload; the ledger says what the nearest registration wants';
    return { code: 'workload-api/no-identity', message: 'the Workload API has no identity for this process', hint };
  }
  const said = details.slice(0, 256);
  if (code === status.UNAVAILABLE) {
    return { code: 'workload-api/unavailable', message: `the Workload API cannot answer now: ${said}` };
  }
  return { code: 'workload-api/refused', message: `the Workload API refused with ${status[code]}: ${said}` };
}

function sameBundles(a: X509Context, b: X509Context): boolean {
  const text = ({ bundles }: X509Context): string[] =>
    bundles
      .map(({ trustDomain, authorities }) => `${trustDomain} ${Buffer.concat(authorities).toString('base64')}`)
      .sort();
  return text(a).join('\n') === text(b).join('\n');
}

function subscribe<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
