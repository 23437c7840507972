/** An SVID that is kept fresh: issued, renewed with a new key at about half of its life, retried when that fails. */
import { generateKeyPairSync } from 'node:crypto';

import type { Clock } from '../kernel/clock.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SpiffeId } from '../kernel/spiffe-id.ts';
import type { Random } from './authority-key.ts';
import type { SvidIssuer } from './svid-request.ts';
import type { Timers } from './timers.ts';
import type { SvidSource, X509Svid } from './x509-svid.ts';

/** A timer counts no time while the machine sleeps, and none of the jumps of the wall clock: look at least so often. */
const MAX_WAIT_MS = 10_000;

/** SPIRE's figures: half of the life, ten percent around, so that what started together does not renew together. */
const RENEW_AT = 0.5;
const JITTER = 0.1;

/** Near the end of an authority that could not be replaced SVIDs get ever shorter: do not renew without a pause. */
const MIN_RENEWAL_MS = 250;

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** A life of a few seconds has no time for a retry after one second: not longer than this part of it. */
const FIRST_RETRY_PART = 0.05;

export type SvidSourceOptions = {
  readonly authority: SvidIssuer;
  readonly id: SpiffeId;
  readonly ttlSeconds: number;
  readonly dnsNames?: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Told of each renewal that failed; it is tried again in `retryMs`, and the SVID serves until its end. */
  readonly onProblem: (problem: Problem, retryMs: number) => void;
};

export type RenewingSvidSource = SvidSource & AsyncDisposable;

/** Issues the first SVID and keeps it fresh until it is disposed of. Codes: those of the authority's `issue`. */
export async function createSvidSource(options: SvidSourceOptions): Promise<Result<RenewingSvidSource>> {
  const first = await issueWithNewKey(options);
  return first.ok ? ok(new SvidRenewal(options, first.value)) : err(first.problem);
}

/** A P-256 key that never leaves this process but over the Workload API, and a certificate for it. */
async function issueWithNewKey(options: SvidSourceOptions): Promise<Result<X509Svid>> {
  const { authority, dnsNames = [], id, ttlSeconds } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issued = await authority.issue({ id, ttlSeconds, publicKey, dnsNames });
  return issued.ok ? ok({ ...issued.value, privateKey }) : issued;
}

class SvidRenewal implements RenewingSvidSource {
  readonly #options: SvidSourceOptions;
  readonly #listeners = new Set<(svid: X509Svid) => void>();
  #svid: X509Svid;
  /** Due at whichever comes first: the wall clock may jump, and the monotonic one may stand still in sleep. */
  #dueWallMs = 0;
  #dueMonotonicMs = 0;
  #failures = 0;
  #running: Promise<void> | undefined;
  #cancelTimer: () => void = () => undefined;
  #closed = false;

  constructor(options: SvidSourceOptions, first: X509Svid) {
    this.#options = options;
    this.#svid = first;
    this.#scheduleRenewal();
  }

  /** Whoever asks after the machine woke up sets off the renewal, without waiting for the timer or for its end. */
  current = (): X509Svid => {
    if (this.#isDue()) this.#renew();
    return this.#svid;
  };

  onRotation = (listener: (svid: X509Svid) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#listeners.clear();
    await this.#running;
  }

  #isDue(): boolean {
    const { clock } = this.#options;
    const now = clock.now();
    // Before `notBefore`, the wall clock was set back, and verifiers on this machine refuse what is in our hand.
    const isEarly = now < this.#svid.notBefore && this.#failures === 0;
    return now >= this.#dueWallMs || isEarly || clock.monotonic() >= this.#dueMonotonicMs;
  }

  #scheduleRenewal(): void {
    const { clock, random } = this.#options;
    const [chance = 0] = random(1);
    const part = RENEW_AT * (1 + JITTER * (chance / 127.5 - 1));
    this.#failures = 0;
    this.#scheduleIn(Math.max(MIN_RENEWAL_MS, (this.#svid.notAfter - clock.now()) * part));
  }

  #scheduleIn(delayMs: number): void {
    const { clock } = this.#options;
    this.#dueWallMs = clock.now() + delayMs;
    this.#dueMonotonicMs = clock.monotonic() + delayMs;
    this.#wait();
  }

  #wait(): void {
    this.#cancelTimer();
    if (this.#closed) return;
    const { clock, timers } = this.#options;
    const leftMs = Math.min(this.#dueWallMs - clock.now(), this.#dueMonotonicMs - clock.monotonic());
    this.#cancelTimer = timers.after(Math.min(Math.max(leftMs, 0), MAX_WAIT_MS), () => {
      if (this.#isDue()) this.#renew();
      else this.#wait();
    });
  }

  #renew(): void {
    if (this.#closed) return;
    this.#running ??= this.#renewOnce().finally(() => {
      this.#running = undefined;
    });
  }

  async #renewOnce(): Promise<void> {
    this.#cancelTimer();
    const issued = await issueWithNewKey(this.#options);
    if (this.#closed) return;
    if (!issued.ok) {
      const retryMs = this.#retryMs();
      this.#failures += 1;
      this.#scheduleIn(retryMs);
      this.#options.onProblem(issued.problem, retryMs);
      return;
    }
    this.#svid = issued.value;
    this.#scheduleRenewal();
    for (const listener of [...this.#listeners]) listener(issued.value);
  }

  /** Doubles from one second, or from a twentieth of a short life, to thirty; half of it is chance. */
  #retryMs(): number {
    const [chance = 0] = this.#options.random(1);
    const first = Math.min(FIRST_RETRY_MS, this.#options.ttlSeconds * 1000 * FIRST_RETRY_PART);
    return Math.min(MAX_RETRY_MS, first * 2 ** Math.min(this.#failures, 16)) * (0.5 + chance / 510);
  }
}
