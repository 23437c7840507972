/** What one evaluation has asked of the network, and what it may still ask. */
import { RegoError } from '../evaluate/rego-error.ts';
import type { NetworkAccess } from './network-access.ts';

/** A timer of the platform holds no more. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

export class Spending {
  readonly access: NetworkAccess;
  readonly #end: AbortSignal;
  #requests = 0;
  #bytes = 0;

  /** `milliseconds`: until the evaluation is over, whatever it waits for. */
  constructor(access: NetworkAccess, milliseconds: number) {
    this.access = access;
    this.#end = signalAfter(milliseconds);
  }

  /** Before each request, also of a redirect or a repetition, and each look-up by the policy itself. */
  countRequest(): void {
    const { maxRequests } = this.access;
    this.#requests += 1;
    if (this.#requests <= maxRequests) return;
    throw new RegoError('eval_cancel_error', `the evaluation asked the network more than ${maxRequests} times`);
  }

  /** Of the next response. */
  get maxBytes(): number {
    return Math.min(this.access.maxBytes, this.access.maxTotalBytes - this.#bytes);
  }

  countBytes(length: number): void {
    this.#bytes += length;
  }

  /** Aborted when a request has taken what it may, or the evaluation has; `asked` is what the policy asked for. */
  limitOf(asked: number | undefined): AbortSignal {
    const { timeoutMilliseconds } = this.access;
    // In Go, no time at all is all the time.
    const own = asked === undefined || asked <= 0 ? timeoutMilliseconds : Math.min(asked, timeoutMilliseconds);
    return AbortSignal.any([this.#end, signalAfter(own)]);
  }

  /** The promise, or the end of the evaluation. */
  async orEnd<T>(promise: Promise<T>): Promise<T> {
    try {
      return await orAborted(promise, this.#end);
    } catch (error) {
      if (!this.#end.aborted) throw error;
      throw new RegoError('eval_cancel_error', 'the evaluation waited for the network longer than it may');
    }
  }
}

function signalAfter(milliseconds: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.max(Math.ceil(milliseconds), 0), MAX_TIMER_MILLISECONDS));
}

/** Rejects when the signal is aborted, also where what is waited for does not heed it. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const listener = (): void => {
    reject(signal.reason);
  };
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}
