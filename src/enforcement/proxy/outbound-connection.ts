/** One call of the workload: its caller, the proven other end, and the bytes between them. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { verifyX509Svid } from '../../identity/verify-x509-svid.ts';
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Journal } from './journal.ts';
import type { OutboundContext } from './outbound-context.ts';
import { type Certificates, certificatesOf } from './peer.ts';
import { addressOf } from './questions.ts';
import { refusalBytes } from './refusal.ts';
import { pump } from './splice.ts';

/** What a caller's first bytes look like when it speaks HTTP/1: then it can be told in its own words. */
const HTTP_METHOD = /^([A-Z]{3,16}) [/h*]/u;

export class OutboundConnection {
  /** Wall time in milliseconds since 1970. */
  readonly openedAt: number;
  readonly #context: OutboundContext;
  readonly #caller: Socket;
  #upstream: TLSSocket | undefined;
  #certificates: Certificates | undefined;
  #deadlineMs: number;
  /** The first bytes of the caller, once they were read. */
  #first: Buffer | undefined;
  #hasFailed = false;

  constructor(context: OutboundContext, caller: Socket) {
    this.#context = context;
    this.#caller = caller;
    this.openedAt = context.clock.now();
    this.#deadlineMs = context.clock.monotonic() + context.limits.connectTimeoutMs;
    // An error is followed by `close`, which is what everybody here listens for.
    caller.on('error', () => undefined);
    caller.on('close', () => {
      if (this.#certificates === undefined) this.#upstream?.destroy();
    });
  }

  /** Checks the caller, proves the other end, and only then reads what the caller has to say. */
  async run(): Promise<void> {
    if (!(await this.#isCallerAllowed())) {
      this.#context.journal.refused(this.#entry(callerRefused()));
      this.#caller.destroy();
      return;
    }
    if (this.#caller.destroyed) return;
    const upstream = this.#context.connectUpstream();
    this.#upstream = upstream;
    let cause: NodeJS.ErrnoException | undefined;
    upstream.setNoDelay(true);
    upstream.on('error', (error) => (cause = error));
    const onEarlyClose = (): void => this.#fail(problemOfHandshake(cause, this.#context), 503);
    upstream.on('close', onEarlyClose);
    upstream.on('secureConnect', () => {
      upstream.removeListener('close', onEarlyClose);
      const certificates = this.#verify(upstream);
      if (!certificates.ok) return this.#fail(certificates.problem, 502);
      this.#certificates = certificates.value;
      this.#connectBoth(upstream, () => cause);
    });
  }

  async #isCallerAllowed(): Promise<boolean> {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#caller;
    if (localAddress === undefined || localPort === undefined) return false;
    if (remoteAddress === undefined || remotePort === undefined) return false;
    try {
      return await this.#context.allowCaller({ localAddress, localPort, remoteAddress, remotePort });
    } catch {
      return false;
    }
  }

  #verify(upstream: TLSSocket): Result<Certificates> {
    const { bundles, clock, expected } = this.#context;
    const certificates = certificatesOf(upstream);
    if (certificates === undefined) return err(notAsExpected('the upstream presented no certificate'));
    const id = verifyX509Svid(certificates.chain, bundles, clock.now());
    if (!id.ok) return id;
    if (id.value === expected) return ok(certificates);
    return err(notAsExpected(`the upstream proved to be \`${id.value}\`, and \`${expected}\` is expected`));
  }

  /** The way back opens with the first byte, so that an upstream that says nothing can be explained to the caller. */
  #connectBoth(upstream: TLSSocket, cause: () => Error | undefined): void {
    const touch = (): void => {
      this.#deadlineMs = this.#context.clock.monotonic() + this.#context.limits.idleTimeoutMs;
    };
    touch();
    const onSilentEnd = (): void => {
      stopWaiting();
      if (this.#method() !== undefined) return this.#fail(silentUpstream(cause()), 502);
      if (upstream.destroyed) this.#caller.destroy();
      else this.#caller.end();
    };
    const onAnswer = (bytes: Buffer): void => {
      stopWaiting();
      touch();
      this.#caller.write(bytes);
      pump(upstream, this.#caller, touch);
    };
    const stopWaiting = (): void => {
      upstream.removeListener('data', onAnswer);
      upstream.removeListener('end', onSilentEnd);
      upstream.removeListener('close', onSilentEnd);
    };
    upstream.on('data', onAnswer);
    upstream.on('end', onSilentEnd);
    upstream.on('close', onSilentEnd);
    this.#caller.once('data', (bytes: Buffer) => (this.#first = bytes));
    pump(this.#caller, upstream, touch);
  }

  /** Records the whole reason; a caller that speaks HTTP gets the id of the record, any other is cut off. */
  #fail(problem: Problem, status: 502 | 503): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#upstream?.destroy();
    const id = this.#context.journal.refused(this.#entry(problem));
    if (this.#caller.destroyed) return;
    this.#deadlineMs = this.#context.clock.monotonic() + this.#context.limits.lingerTimeoutMs;
    const answer = (): void => {
      const method = this.#method();
      if (method === undefined) return void this.#caller.destroy();
      const nowMs = this.#context.clock.now();
      const refusal = { status, error: 'upstream_unavailable', id } as const;
      this.#caller.end(refusalBytes(refusal, { method, keepAlive: false, nowMs }));
    };
    if (this.#first !== undefined) answer();
    else {
      this.#caller.once('data', (bytes: Buffer) => {
        this.#first = bytes;
        answer();
      });
    }
    this.#caller.once('end', () => this.#caller.end());
    this.#caller.resume();
  }

  #method(): string | undefined {
    return HTTP_METHOD.exec(this.#first?.toString('latin1', 0, 32) ?? '')?.[1];
  }

  /** Looks at the clocks: `nowMs` is monotonic, `wallMs` since 1970. */
  sweep(nowMs: number, wallMs: number): void {
    const { clock, expected, journal, limits } = this.#context;
    if (wallMs >= (this.#certificates?.notAfter ?? Number.POSITIVE_INFINITY)) {
      const message = `the certificate of \`${expected}\` ended while the connection to it was open`;
      journal.closed(this.#entry({ code: 'proxy/peer-expired', message }));
      this.destroy();
    } else if (nowMs >= this.#deadlineMs) {
      if (this.#hasFailed || this.#upstream === undefined) return this.destroy();
      if (this.#certificates === undefined) {
        const message = `the upstream did not finish a TLS handshake within ${limits.connectTimeoutMs} ms`;
        this.#fail({ code: 'proxy/upstream-unreachable', message }, 503);
        this.#deadlineMs = clock.monotonic() + limits.lingerTimeoutMs;
        return;
      }
      const message = `no byte passed in either direction for ${limits.idleTimeoutMs} ms`;
      journal.closed(this.#entry({ code: 'proxy/idle', message }));
      this.destroy();
    }
  }

  /** The bundles changed: an upstream that no longer verifies loses the connection. */
  verifyAgain(): void {
    if (this.#certificates === undefined) return;
    const { bundles, clock, journal } = this.#context;
    const verified = verifyX509Svid(this.#certificates.chain, bundles, clock.now());
    if (verified.ok) return;
    journal.closed(this.#entry(verified.problem));
    this.destroy();
  }

  destroy(): void {
    this.#hasFailed = true;
    this.#caller.destroy();
    this.#upstream?.destroy();
  }

  #entry(problem: Problem): Parameters<Journal['closed']>[0] {
    const { id } = this.#context.svids.current();
    return { actor: { type: 'workload', id }, peer: addressOf(this.#caller), problem };
  }
}

function callerRefused(): Problem {
  return {
    code: 'proxy/caller-refused',
    message: 'a process that is not the workload called through its outbound proxy',
    hint: 'each workload has a way out of its own; a process that was started otherwise must be attested first',
  };
}

function notAsExpected(message: string): Problem {
  const hint = 'another workload may listen at that address, or the name of the expected one is wrong';
  return { code: 'proxy/upstream-identity', message, hint };
}

function silentUpstream(cause: Error | undefined): Problem {
  const reason = cause === undefined ? '' : `: ${cause.message}`;
  return {
    code: 'proxy/upstream-silent',
    message: `the upstream closed the connection without an answer${reason}`,
    hint: "it may not accept this workload's SVID, which TLS 1.3 tells only after the handshake: see its own records",
  };
}

function problemOfHandshake(cause: NodeJS.ErrnoException | undefined, { upstream }: OutboundContext): Problem {
  const at = `\`${upstream.host}:${upstream.port}\``;
  if (cause?.code === 'ECONNREFUSED') {
    const hint = 'see whether the proxy of the called workload runs, and whether it listens there';
    return { code: 'proxy/upstream-unreachable', message: `nothing listens at ${at}`, hint };
  }
  if (cause?.code === 'EPROTO' || cause?.code?.startsWith('ERR_SSL_') === true) {
    const hint = 'the port may be that of the app itself, and not that of its proxy';
    return { code: 'proxy/upstream-handshake', message: `what listens at ${at} does not speak TLS 1.3`, hint };
  }
  const reason = cause?.message ?? 'the connection was closed before the handshake ended';
  return { code: 'proxy/upstream-unreachable', message: `no connection to ${at}: ${reason}` };
}
