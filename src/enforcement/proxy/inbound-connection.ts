/** One inbound connection whose peer is known: its own decision, what runs over it, and what may end it. */
import type { Socket } from 'node:net';

import type { BundleSource } from '../../identity/trust-bundle.ts';
import { verifyX509Svid } from '../../identity/verify-x509-svid.ts';
import type { AccessRequest } from '../../kernel/access-request.ts';
import type { EventId } from '../../kernel/event-id.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Problem } from '../../kernel/problem.ts';
import { AppConnection } from './app-connection.ts';
import { HttpExchanges } from './http-exchanges.ts';
import type { InboundContext } from './inbound-context.ts';
import { actorOf, type Peer } from './peer.ts';
import { type Address, addressOf, ask, plainIp, Questions, type Ruling, traceIdIn } from './questions.ts';
import { splice } from './splice.ts';

const EMPTY: Buffer = Buffer.alloc(0);

export class InboundConnection {
  readonly peer: Peer;
  readonly address: Address;
  /** Wall time in milliseconds since 1970. */
  readonly openedAt: number;
  readonly #context: InboundContext;
  readonly #socket: Socket;
  readonly #questions: Questions;
  readonly #question: AccessRequest;
  #deadlineMs: number;
  #exchanges: HttpExchanges | undefined;
  #app: Socket | undefined;
  #isPermitted = false;
  #isAsking = false;
  /** A tcp port's app has not accepted yet. */
  #isConnecting = false;

  constructor(context: InboundContext, socket: Socket, peer: Peer) {
    this.#context = context;
    this.#socket = socket;
    this.peer = peer;
    this.address = addressOf(socket);
    this.openedAt = context.clock.now();
    this.#questions = new Questions({ peer, source: this.address, localIp: plainIp(socket.localAddress) }, context);
    this.#question = this.#questions.connect();
    this.#deadlineMs = context.clock.monotonic() + context.limits.connectTimeoutMs;
  }

  /** Asks for the connection and starts what runs over it. `first`: what was read of the socket already. */
  async run(first: Buffer = EMPTY): Promise<void> {
    const { decide, generation, protocol } = this.#context;
    await ask(decide, this.#question, generation, (ruling) => {
      if (this.#socket.destroyed) return;
      this.#isPermitted = ruling.kind === 'permitted';
      if (protocol === 'http') this.#runHttp(ruling, first);
      else this.#runTcp(ruling, first);
    });
  }

  #runHttp(ruling: Ruling, first: Buffer): void {
    this.#exchanges = new HttpExchanges(this.#context, {
      socket: this.#socket,
      questions: this.#questions,
      ruling,
      refused: (problem, traceId, more) => this.#context.journal.refused({ ...this.#entry(problem, more), traceId }),
      closed: (problem, more) => this.closed(problem, more),
    });
    this.#exchanges.start(first);
  }

  #runTcp(ruling: Ruling, first: Buffer): void {
    switch (ruling.kind) {
      case 'denied':
        this.destroy();
        return;
      case 'fault':
        this.#context.journal.refused(this.#entry(ruling.problem));
        this.destroy();
        return;
      case 'permitted': {
        const { app: address, clock, limits } = this.#context;
        const app = new AppConnection(ruling.permit, address);
        this.#app = app.socket;
        this.#isConnecting = true;
        const touch = (): void => {
          this.#deadlineMs = clock.monotonic() + limits.idleTimeoutMs;
        };
        app.socket.on('connect', () => {
          this.#isConnecting = false;
          touch();
        });
        app.socket.on('error', (error) => {
          if (this.#isConnecting) this.#context.journal.refused(this.#entry(unavailable(address, error.message)));
        });
        if (first.length > 0) app.admit(ruling.permit, first);
        splice(this.#socket, app.socket, touch);
      }
    }
  }

  /** Asks again for what is open, since answers may have changed; one denial ends it. */
  async askAgain(): Promise<void> {
    // Before the first answer, and while asking, a change in between repeats the question.
    if (this.#isAsking || !this.#isPermitted) return;
    this.#isAsking = true;
    let asked: number;
    do {
      asked = this.#context.generation.current();
      await this.#askAgainFor(this.#question, () => true);
      const admitted = this.#exchanges?.admitted;
      if (admitted !== undefined) await this.#askAgainFor(admitted, () => this.#exchanges?.admitted === admitted);
    } while (asked !== this.#context.generation.current() && !this.#socket.destroyed);
    this.#isAsking = false;
  }

  async #askAgainFor(question: AccessRequest, isStillOpen: () => boolean): Promise<void> {
    const { decide, generation, journal } = this.#context;
    await ask(decide, question, generation, (ruling) => {
      if (ruling.kind === 'permitted' || this.#socket.destroyed || !isStillOpen()) return;
      const problem: Problem =
        ruling.kind === 'fault'
          ? ruling.problem
          : { code: 'proxy/permission-withdrawn', message: 'what allowed the connection no longer does' };
      const decisionId = ruling.kind === 'denied' ? { decisionId: ruling.decision.id } : {};
      const more = { action: question.action.name, ...decisionId };
      journal.closed({ ...this.#entry(problem, more), traceId: traceIdIn(question) });
      this.destroy();
    });
  }

  /** Looks at the clocks: `nowMs` is monotonic, `wallMs` since 1970. */
  sweep(nowMs: number, wallMs: number): void {
    if (this.peer.kind === 'workload' && wallMs >= this.peer.certificates.notAfter) {
      this.closed({
        code: 'proxy/peer-expired',
        message: `the certificate of \`${this.peer.id}\` ended while its connection was open`,
        hint: 'workloads open a new connection with their renewed SVID before the old one ends',
      });
      this.destroy();
      return;
    }
    if (nowMs < (this.#exchanges?.deadlineMs ?? this.#deadlineMs)) return;
    if (this.#exchanges !== undefined) return this.#exchanges.onDeadline();
    if (this.#isConnecting) {
      const reason = 'it did not accept the connection in time';
      this.#context.journal.refused(this.#entry(unavailable(this.#context.app, reason)));
    } else {
      this.closed({ code: 'proxy/idle', message: 'no byte passed for longer than a connection may stand idle' });
    }
    this.destroy();
  }

  /** The bundles changed: a peer that no longer verifies loses what it has open. */
  verifyAgain(bundles: BundleSource): void {
    if (this.peer.kind !== 'workload') return;
    const verified = verifyX509Svid(this.peer.certificates.chain, bundles, this.#context.clock.now());
    if (verified.ok) return;
    this.closed(verified.problem);
    this.destroy();
  }

  closed(problem: Problem, more?: JsonObject): EventId {
    return this.#context.journal.closed(this.#entry(problem, more));
  }

  destroy(): void {
    this.#socket.destroy();
    this.#app?.destroy();
    this.#exchanges?.destroy();
  }

  #entry(problem: Problem, more?: JsonObject): Parameters<InboundContext['journal']['closed']>[0] {
    return { actor: actorOf(this.peer), peer: this.address, problem, ...(more !== undefined && { more }) };
  }
}

function unavailable({ host, port }: InboundContext['app'], reason: string): Problem {
  return {
    code: 'proxy/app-unavailable',
    message: `the app at \`${host}:${port}\` gave no answer: ${reason}`,
    hint: 'see whether the app runs, and whether it listens on that address',
  };
}
