/** The connection to the workload's app: opened, and given each request, for a permit only. */
import { connect, type Socket } from 'node:net';

import type { EventId } from '../../kernel/event-id.ts';
import type { Permit } from '../../kernel/permit.ts';

export type AppAddress = { readonly host: string; readonly port: number };

/**
 * INVARIANT (forward): no byte reaches the app without a `Permit`: the connection is opened with one, and each HTTP
 * request is admitted with its own.
 */
export class AppConnection {
  readonly #socket: Socket;
  #decisionId: EventId;

  constructor(permit: Permit, { host, port }: AppAddress) {
    this.#decisionId = permit.decisionId;
    this.#socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  }

  /** The decision that the bytes now passing were allowed by. */
  get decisionId(): EventId {
    return this.#decisionId;
  }

  /** For listening and for the way back; bytes to the app go through `admit` and `more`. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Begins a request or a stream. False when the app is slower than its caller: then wait for `drain`. */
  admit(permit: Permit, bytes: Buffer): boolean {
    this.#decisionId = permit.decisionId;
    return this.#socket.write(bytes);
  }

  /** More of what was admitted. */
  more(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }
}
