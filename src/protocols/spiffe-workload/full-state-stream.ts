/** A stream whose every message is the full state: the first at once, another after each change that matters. */
import { createHash } from 'node:crypto';

import type { ServerWritableStream, status } from '@grpc/grpc-js';

export type StreamEnd = { readonly code: status; readonly details: string };

export type StreamState<M> =
  | { readonly kind: 'state'; readonly message: M }
  | { readonly kind: 'end'; readonly end: StreamEnd };

export type StreamSource<M> = {
  /**
   * The state as it is now. Checks as its last step that the caller may still have it: what it returns is written
   * before anything else can happen, unless `onChange` was told meanwhile.
   */
  readonly read: () => Promise<StreamState<M>>;
  /** Returns the function that ends the subscription. */
  readonly onChange: (listener: () => void) => () => void;
  readonly serialise: (message: M) => Uint8Array;
  /** When `read` throws: our fault, not the caller's. */
  readonly fault: (cause: unknown) => StreamEnd;
};

/**
 * INVARIANT (full state): nothing is written that was read before a change: a change during `read` makes it read
 * again. A change that leaves the message as it was sends nothing, and a reader that is slow is sent the newest state
 * when it is ready, not those in between. Settles when the stream has ended.
 */
export async function sendFullState<M>(call: ServerWritableStream<unknown, M>, source: StreamSource<M>): Promise<void> {
  const stream = new StreamSignals(call, source.onChange);
  // The digest, not the message: a private key is not kept for the life of the stream.
  let sent: string | undefined;
  try {
    while (!stream.ended) {
      if (!stream.takeChange()) {
        await stream.next();
        continue;
      }
      const state = await source.read();
      if (stream.ended || stream.changed) continue;
      if (state.kind === 'end') {
        endWith(call, state.end);
        return;
      }
      const digest = createHash('sha256').update(source.serialise(state.message)).digest('base64');
      if (digest === sent) continue;
      if (stream.postpone()) continue;
      sent = digest;
      stream.busy = !call.write(state.message);
    }
  } catch (cause) {
    endWith(call, source.fault(cause));
  } finally {
    stream[Symbol.dispose]();
  }
}

/** What happens on a stream between two messages, as flags and one promise to wait on. */
class StreamSignals implements Disposable {
  /** Something changed that was not read yet; true at first, so that the first message is sent at once. */
  changed = true;
  /** The client has not taken the last message yet. */
  busy = false;
  ended: boolean;
  #behind = false;
  #wake = (): void => {};
  readonly #unsubscribe: () => void;

  constructor(call: ServerWritableStream<unknown, unknown>, onChange: (listener: () => void) => () => void) {
    this.ended = call.cancelled;
    this.#unsubscribe = onChange(() => {
      this.changed = true;
      this.#wake();
    });
    call.on('drain', () => {
      this.busy = false;
      this.changed ||= this.#behind;
      this.#wake();
    });
    for (const event of ['cancelled', 'close', 'error'] as const) {
      call.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  takeChange(): boolean {
    const { changed } = this;
    this.changed = false;
    if (changed) this.#behind = false;
    return changed;
  }

  /** True when the client is not ready: the state is then read again once it is. */
  postpone(): boolean {
    this.#behind = this.busy;
    return this.busy;
  }

  next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}

export function endWith(call: ServerWritableStream<unknown, unknown>, { code, details }: StreamEnd): void {
  // Not `destroy`: grpc-js answers an `error` by ending the stream with its status, which a destroyed one cannot.
  call.emit('error', Object.assign(new Error(details), { code, details }));
}
