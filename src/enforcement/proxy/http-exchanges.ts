/** The requests of one inbound connection, one after the other: each is decided on, forwarded raw, and answered. */
import type { Socket } from 'node:net';

import type { AccessRequest } from '../../kernel/access-request.ts';
import type { EventId } from '../../kernel/event-id.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Permit } from '../../kernel/permit.ts';
import type { Problem } from '../../kernel/problem.ts';
import { AppConnection } from './app-connection.ts';
import { BodyReader } from './http1-body.ts';
import type { Malformed } from './http1-fields.ts';
import { readRequestHead, type RequestHead } from './http1-head.ts';
import type { InboundContext } from './inbound-context.ts';
import { MAX_DRAIN_BYTES } from './limits.ts';
import { ask, type Questions, type Ruling, traceIdIn } from './questions.ts';
import { type Refusal, refusalBytes } from './refusal.ts';
import { ResponseReader } from './response-reader.ts';
import { follow } from './splice.ts';

/**
 * - `head`: between requests, or in the middle of a head;
 * - `deciding`: a head was read, nothing of it was forwarded;
 * - `forwarding`: the request was admitted, and the response is not complete;
 * - `draining`: the request was refused, and its body is read and dropped;
 * - `raw`: the app switched protocols, bytes pass both ways;
 * - `closing`: the last bytes to the caller are written, whatever it still sends is dropped.
 */
type Phase = 'head' | 'deciding' | 'forwarding' | 'draining' | 'raw' | 'closing';

export type Caller = {
  readonly socket: Socket;
  readonly questions: Questions;
  /** What the decision on the connection itself was. */
  readonly ruling: Ruling;
  readonly refused: (problem: Problem, traceId: string | undefined, more?: JsonObject) => EventId;
  readonly closed: (problem: Problem, more?: JsonObject) => EventId;
};

const EMPTY: Buffer = Buffer.alloc(0);

export class HttpExchanges {
  readonly #context: InboundContext;
  readonly #caller: Caller;
  readonly #client: Socket;
  #phase: Phase = 'head';
  #deadlineMs = Number.POSITIVE_INFINITY;

  /** What the caller sent and nobody took yet; at a head's start in the phases `head` and `deciding`. */
  #input: Buffer = EMPTY;
  /** How much of the input was searched for the end of the head. */
  #searched = 0;
  #clientEnded = false;
  /** Reading from the caller waits: for the response to the request before, or for the app to take more. */
  #isHeld = false;
  #isAppFull = false;

  #head: RequestHead | undefined;
  #question: AccessRequest | undefined;
  #requestBody: BodyReader | undefined;
  #refusal: Refusal | undefined;
  #drained = 0;

  #app: AppConnection | undefined;
  #isAppReused = false;
  #response: ResponseReader | undefined;
  #isAppOutOfStep = false;

  constructor(context: InboundContext, caller: Caller) {
    this.#context = context;
    this.#caller = caller;
    this.#client = caller.socket;
  }

  /** `first`: what was read of the connection already. */
  start(first: Buffer): void {
    this.#client.on('data', this.#onClientData);
    this.#client.on('end', this.#onClientEnd);
    this.#client.on('drain', () => this.#app?.socket.resume());
    this.#client.on('close', () => {
      const app = this.#app?.socket;
      if (app === undefined) return;
      if (this.#phase === 'raw') follow(this.#client, app);
      else app.destroy();
    });
    this.#setDeadline(this.#context.limits.keepAliveTimeoutMs);
    if (first.length > 0) this.#onClientData(first);
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** The question that what passes now was admitted by; undefined between requests. */
  get admitted(): AccessRequest | undefined {
    return this.#phase === 'forwarding' || this.#phase === 'raw' ? this.#question : undefined;
  }

  destroy(): void {
    this.#phase = 'closing';
    this.#client.destroy();
    this.#app?.socket.destroy();
  }

  onDeadline(): void {
    switch (this.#phase) {
      case 'head':
        if (this.#input.length === 0) return this.#close();
        return this.#refuseBad(408, 'timeout', {
          code: 'proxy/head-timeout',
          message: `the head of a request took longer than ${this.#context.limits.headTimeoutMs} ms`,
        });
      case 'deciding':
        this.#caller.refused(
          { code: 'proxy/no-decision', message: 'the decision point did not answer in time' },
          traceIdIn(this.#question),
        );
        return this.destroy();
      case 'forwarding':
        if (this.#app?.socket.connecting === true) return this.#onAppLost('it did not accept the connection in time');
        this.#recordIdle();
        return this.destroy();
      case 'draining':
        return this.#closeWithRefusal();
      case 'raw':
        this.#recordIdle();
        return this.destroy();
      case 'closing':
        return this.destroy();
    }
  }

  #recordIdle(): void {
    const message = `no byte passed in either direction for ${this.#context.limits.idleTimeoutMs} ms`;
    this.#caller.closed({ code: 'proxy/idle', message });
  }

  #setDeadline(inMs: number): void {
    this.#deadlineMs = this.#context.clock.monotonic() + inMs;
  }

  // --- from the caller ---

  #onClientData = (bytes: Buffer): void => {
    switch (this.#phase) {
      case 'head':
        this.#keepInput(bytes);
        return this.#readHead();
      case 'deciding':
        this.#keepInput(bytes);
        return this.#hold();
      case 'forwarding':
        this.#setDeadline(this.#context.limits.idleTimeoutMs);
        if (this.#requestBody?.done !== false) {
          this.#keepInput(bytes);
          return this.#hold();
        }
        return this.#forwardBody(bytes, this.#requestBody);
      case 'draining':
        return this.#drain(bytes, 0);
      case 'raw':
        this.#setDeadline(this.#context.limits.idleTimeoutMs);
        return this.#toApp(bytes);
      case 'closing':
        return;
    }
  };

  #onClientEnd = (): void => {
    this.#clientEnded = true;
    switch (this.#phase) {
      case 'head':
      case 'draining':
        return this.#close();
      case 'deciding':
      case 'closing':
        return;
      case 'forwarding':
        // A body without its end is no request; the app must not take it for one.
        if (this.#requestBody?.done === false) return this.destroy();
        if (this.#input.length === 0) this.#app?.socket.end();
        return;
      case 'raw':
        this.#app?.socket.end();
    }
  };

  #keepInput(bytes: Buffer): void {
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes]);
  }

  #hold(): void {
    this.#isHeld = true;
    this.#client.pause();
  }

  #release(): void {
    this.#isHeld = false;
    if (!this.#isAppFull && this.#client.isPaused()) this.#client.resume();
  }

  #readHead(): void {
    if (this.#searched === 0) this.#setDeadline(this.#context.limits.headTimeoutMs);
    // RFC 9112 §2.2: an empty line before a request is skipped; some callers end a body with one.
    if (this.#input[0] === 0x0d && this.#input[1] === 0x0a) this.#input = this.#input.subarray(2);
    const read = readRequestHead(this.#input, this.#searched);
    switch (read.kind) {
      case 'incomplete':
        this.#searched = this.#input.length;
        return this.#release();
      case 'bad':
        return this.#refuseBad(read.status, 'bad_request', read.problem);
      case 'head':
        this.#searched = 0;
        this.#head = read.head;
        this.#phase = 'deciding';
        return this.#decide(read.head);
    }
  }

  #decide(head: RequestHead): void {
    const { ruling: connection } = this.#caller;
    if (connection.kind !== 'permitted') return this.#onRuling(head, connection, false);
    this.#setDeadline(this.#context.limits.connectTimeoutMs);
    const question = this.#caller.questions.request(head);
    this.#question = question;
    void ask(this.#context.decide, question, this.#context.generation, (ruling) => {
      if (this.#phase === 'deciding') this.#onRuling(head, ruling, head.keepAlive);
    });
  }

  #onRuling(head: RequestHead, ruling: Ruling, keepAlive: boolean): void {
    switch (ruling.kind) {
      case 'permitted':
        return this.#forward(head, ruling.permit);
      case 'denied':
        return this.#refuse(head, { status: 403, error: 'access_denied', id: ruling.decision.id }, keepAlive);
      case 'fault': {
        const id = this.#caller.refused(ruling.problem, traceIdIn(this.#question));
        return this.#refuse(head, { status: 503, error: 'no_decision', id }, false);
      }
    }
  }

  // --- to the app ---

  #forward(head: RequestHead, permit: Permit): void {
    const body = new BodyReader(head.framing);
    const end = body.take(this.#input, head.length);
    if (typeof end !== 'number') return this.#refuseBad(400, 'bad_request', end);
    this.#phase = 'forwarding';
    this.#requestBody = body;
    this.#response = new ResponseReader(head.method);
    this.#isAppReused = this.#app !== undefined;
    this.#app ??= this.#openApp(permit);
    const request = end === this.#input.length ? this.#input : this.#input.subarray(0, end);
    this.#input = end === this.#input.length ? EMPTY : this.#input.subarray(end);
    if (this.#isAppReused) this.#setDeadline(this.#context.limits.idleTimeoutMs);
    if (!this.#app.admit(permit, request)) this.#waitForApp();
    if (body.done && this.#input.length > 0) return this.#hold();
    if (this.#clientEnded) return body.done ? void this.#app.socket.end() : this.destroy();
    this.#release();
  }

  #openApp(permit: Permit): AppConnection {
    const app = new AppConnection(permit, this.#context.app);
    let reason = 'it closed the connection without an answer';
    app.socket.on('connect', () => this.#setDeadline(this.#context.limits.idleTimeoutMs));
    app.socket.on('data', this.#onAppData);
    app.socket.on('drain', this.#onAppDrain);
    app.socket.on('end', () => this.#onAppEnd(app));
    app.socket.on('error', (error) => (reason = error.message));
    app.socket.on('close', () => {
      if (this.#app !== app) return;
      if (this.#phase === 'raw') follow(app.socket, this.#client);
      else this.#onAppLost(reason);
    });
    return app;
  }

  #forwardBody(bytes: Buffer, body: BodyReader): void {
    const end = body.take(bytes, 0);
    if (typeof end !== 'number') return this.#onBadRequestBody(end);
    this.#toApp(end === bytes.length ? bytes : bytes.subarray(0, end));
    if (!body.done) return;
    if (end < bytes.length) {
      this.#input = bytes.subarray(end);
      this.#hold();
    }
    this.#finishIfComplete();
  }

  #toApp(bytes: Buffer): void {
    if (this.#app?.more(bytes) === false) this.#waitForApp();
  }

  #waitForApp(): void {
    this.#isAppFull = true;
    this.#client.pause();
  }

  #onAppDrain = (): void => {
    this.#isAppFull = false;
    if (!this.#isHeld) this.#client.resume();
  };

  // --- from the app ---

  #onAppData = (bytes: Buffer): void => {
    if (this.#phase === 'raw') {
      this.#setDeadline(this.#context.limits.idleTimeoutMs);
      return this.#toClient(bytes);
    }
    const response = this.#response;
    if (this.#phase !== 'forwarding' || response === undefined || response.isComplete) return this.#dropApp();
    this.#setDeadline(this.#context.limits.idleTimeoutMs);
    const passage = response.take(bytes);
    switch (passage.kind) {
      case 'bad':
        return this.#onBadResponse(passage.problem);
      case 'switched':
        return this.#switchProtocols(passage.upgrade, passage.bytes);
      case 'pass':
        // Bytes behind a complete response answer nothing that was asked.
        if (passage.hasMore) this.#isAppOutOfStep = true;
        if (passage.bytes.length > 0) this.#toClient(passage.bytes);
        if (passage.isComplete) this.#finishIfComplete();
    }
  };

  #toClient(bytes: Buffer): void {
    if (!this.#client.write(bytes)) this.#app?.socket.pause();
  }

  /** RFC 9110 §7.8: from here on nobody can tell requests apart, so only what was allowed by name is switched to. */
  #switchProtocols(upgrade: string | undefined, bytes: Buffer): void {
    const wanted = this.#head?.upgrade?.split(',').map((name) => name.trim()) ?? [];
    if (upgrade === undefined || !wanted.includes(upgrade) || !this.#context.upgrades.has(upgrade)) {
      return this.#onBadResponse({
        code: 'proxy/bad-upgrade',
        message: `the app switched to a protocol that was not asked for, or that is not passed through`,
      });
    }
    if (this.#requestBody?.done !== true) {
      return this.#onBadResponse({ code: 'proxy/bad-upgrade', message: 'the app switched protocols within a request' });
    }
    this.#phase = 'raw';
    this.#toClient(bytes);
    if (this.#input.length > 0) this.#toApp(this.#input);
    this.#input = EMPTY;
    this.#release();
    if (this.#clientEnded) this.#app?.socket.end();
  }

  #finishIfComplete(): void {
    const [head, response] = [this.#head, this.#response];
    if (head === undefined || response?.head === undefined) return;
    if (this.#requestBody?.done !== true || !response.isComplete) return;
    if (!head.keepAlive || !response.head.keepAlive || this.#isAppOutOfStep) return this.#close();
    this.#nextRequest();
  }

  #nextRequest(): void {
    if (this.#clientEnded && this.#input.length === 0) return this.#close();
    this.#phase = 'head';
    this.#question = undefined;
    this.#head = undefined;
    this.#requestBody = undefined;
    this.#response = undefined;
    this.#setDeadline(this.#context.limits.keepAliveTimeoutMs);
    if (this.#input.length > 0) this.#readHead();
    else this.#release();
  }

  #onAppEnd(app: AppConnection): void {
    if (this.#app !== app) return;
    if (this.#phase === 'raw') return void this.#client.end();
    if (this.#phase === 'forwarding' && this.#response?.head?.framing.kind === 'until-close') return this.#close();
    this.#onAppLost('it closed the connection without an answer');
  }

  /** The connection to the app is of no more use; the next request opens another. */
  #dropApp(): void {
    const app = this.#app;
    this.#app = undefined;
    this.#isAppFull = false;
    app?.socket.destroy();
  }

  #onAppLost(reason: string): void {
    this.#dropApp();
    if (this.#phase !== 'forwarding') return;
    // A response that breaks off must look like one; and a kept connection that the app closed in the very moment of
    // the request looks to the caller as it would without a proxy, so that its own rules for trying again apply.
    if (this.#response?.head !== undefined || this.#isAppReused) return this.destroy();
    const { host, port } = this.#context.app;
    const id = this.#caller.refused(
      {
        code: 'proxy/app-unavailable',
        message: `the app at \`${host}:${port}\` gave no answer: ${reason}`,
        hint: 'see whether the app runs, and whether it listens on that address',
      },
      traceIdIn(this.#question),
    );
    this.#closeWith({ status: 502, error: 'app_unavailable', id });
  }

  #onBadResponse(problem: Malformed): void {
    const { host, port } = this.#context.app;
    const message = `the response of the app at \`${host}:${port}\` cannot be passed on: ${problem.message}`;
    const id = this.#caller.refused({ code: problem.code, message }, traceIdIn(this.#question));
    if (this.#response?.head !== undefined) return this.destroy();
    this.#closeWith({ status: 502, error: 'app_unavailable', id });
  }

  // --- refusals ---

  #refuse(head: RequestHead, refusal: Refusal, keepAlive: boolean): void {
    this.#refusal = refusal;
    const tooLong = head.framing.kind === 'length' && head.framing.bytes > MAX_DRAIN_BYTES;
    // A caller that waits for 100 does not send the body that it announced, or does: nobody could tell.
    if (!keepAlive || tooLong || head.expectContinue) return this.#closeWithRefusal();
    this.#phase = 'draining';
    this.#drained = 0;
    this.#requestBody = new BodyReader(head.framing);
    this.#setDeadline(this.#context.limits.lingerTimeoutMs);
    const input = this.#input;
    this.#input = EMPTY;
    this.#drain(input, head.length);
  }

  #drain(bytes: Buffer, start: number): void {
    const end = this.#requestBody?.take(bytes, start);
    if (typeof end !== 'number') return this.#closeWithRefusal();
    this.#drained += end - start;
    if (this.#drained > MAX_DRAIN_BYTES) return this.#closeWithRefusal();
    if (this.#requestBody?.done !== true) return this.#release();
    if (end < bytes.length) this.#input = bytes.subarray(end);
    this.#client.write(this.#bytesOf(this.#refusal, true));
    this.#nextRequest();
  }

  #closeWithRefusal(): void {
    this.#closeWith(this.#refusal);
  }

  #refuseBad(status: 400 | 408 | 431 | 505, error: 'bad_request' | 'timeout', problem: Malformed): void {
    const id = this.#caller.refused(problem, traceIdIn(this.#question));
    this.#closeWith({ status, error, id });
  }

  /** Part of the body went to the app already, which must not take it for a whole one. */
  #onBadRequestBody(problem: Malformed): void {
    const hasResponse = this.#response?.head !== undefined;
    if (!hasResponse) return this.#refuseBad(400, 'bad_request', problem);
    this.#caller.refused(problem, traceIdIn(this.#question));
    this.destroy();
  }

  #bytesOf(refusal: Refusal | undefined, keepAlive: boolean): Buffer {
    if (refusal === undefined) return EMPTY;
    const method = this.#head?.method;
    return refusalBytes(refusal, {
      ...(method !== undefined && { method }),
      keepAlive,
      nowMs: this.#context.clock.now(),
    });
  }

  #close(): void {
    this.#closeWith(undefined);
  }

  /** Ends the connection so that the caller can still read what was written: what it sends until its end is dropped. */
  #closeWith(refusal: Refusal | undefined): void {
    this.#phase = 'closing';
    this.#dropApp();
    this.#input = EMPTY;
    this.#setDeadline(this.#context.limits.lingerTimeoutMs);
    this.#client.end(this.#bytesOf(refusal, false));
    this.#client.resume();
  }
}
