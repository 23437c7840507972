/** The certificate authority of a trust domain: issues X.509-SVIDs, and replaces itself in time. */
import { hash } from 'node:crypto';

import type { Clock } from '../kernel/clock.ts';
import { makeEventId } from '../kernel/event-id.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent, LedgerEventKind } from '../kernel/ledger-event.ts';
import type { RecordEvent } from '../kernel/ports.ts';
import { type Problem, ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { idOfTrustDomain } from '../kernel/spiffe-id.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { type Generation, readAuthorities, removeAuthority, writeAuthority } from './authority-directory.ts';
import { makeAuthorityKey, makeSerial, type Random, signTbs } from './authority-key.ts';
import { activeAt, dueAfter, isForgottenAt, isTrustedAt, needsNext } from './authority-schedule.ts';
import { encodePublicKeyInfo } from './public-key-info.ts';
import { type IssuedSvid, problemOfRequest, type SvidIssuer, type SvidRequest } from './svid-request.ts';
import { leafId } from './svid-rules.ts';
import type { Timers } from './timers.ts';
import type { TrustBundle } from './trust-bundle.ts';
import { parseTbsCertificate, sameBytes } from './x509-certificate.ts';
import { encodeLeaf, type LeafTemplate } from './x509-template.ts';

/** What SVIDs and authorities are dated back, for verifiers whose clock is a little behind. */
export const BACKDATE_SECONDS = 10;

/**
 * A year, of which the successor is in the bundle for the last month and signs in the last week. An installation
 * that was switched off for longer begins anew by itself; one that nobody watches for ten years never stops.
 */
export const DEFAULT_LIFETIME_SECONDS: number = 365 * 24 * 3600;

const MIN_LIFETIME_SECONDS = 60;

/** A timer counts no time while the machine sleeps, and none of the jumps of the wall clock: look at least so often. */
const MAX_WAIT_MS = 60_000;

/** How often a start that lost the race for a generation looks again; each round, somebody made progress. */
const MAX_ATTEMPTS = 10;

export type AuthorityOptions = {
  /** Made with mode 0700 when it is not there; its files hold the private keys, mode 0600. */
  readonly directory: string;
  readonly trustDomain: TrustDomain;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Fills that many bytes from a cryptographic source. */
  readonly random: Random;
  readonly record: RecordEvent;
  /** Told when the authority cannot be replaced in time; it is tried again within a minute. */
  readonly onProblem: (problem: Problem) => void;
  /** Of a new authority; `DEFAULT_LIFETIME_SECONDS` unless given, and at least a minute. */
  readonly lifetimeSeconds?: number;
};

/**
 * Opens the authority of the trust domain in `directory`, and makes one when there is none. Two starts at once end
 * with the same authority. Codes: those of `readAuthorities`, `authority/storage`, `authority/not-recorded`,
 * `authority/contended`.
 * @throws RangeError for a lifetime below a minute: a bug of the caller.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Result<CertificateAuthority>> {
  const { lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = options;
  if (!(lifetimeSeconds >= MIN_LIFETIME_SECONDS))
    throw new RangeError(`an authority of ${lifetimeSeconds} s is no use`);
  const authority = new CertificateAuthority(options);
  const problem = await authority.maintain();
  if (problem === undefined) return ok(authority);
  await authority[Symbol.asyncDispose]();
  return err(problem);
}

/**
 * INVARIANT (issue): no SVID exists that the ledger does not have: the event is durable before the signature is made.
 */
export class CertificateAuthority implements SvidIssuer, AsyncDisposable {
  readonly #options: AuthorityOptions;
  readonly #listeners = new Set<() => void>();
  #generations: readonly Generation[] = [];
  #bundle: TrustBundle;
  #dueMs = 0;
  #running: Promise<Problem | undefined> | undefined;
  #cancelTimer: () => void = () => undefined;
  #closed = false;

  /** For `openAuthority`, which alone makes it ready. */
  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.#bundle = { trustDomain: options.trustDomain, authorities: [] };
  }

  get trustDomain(): TrustDomain {
    return this.#options.trustDomain;
  }

  /** Every authority that may have signed what is still valid, and the next one; the same object until it changes. */
  bundle(): TrustBundle {
    return this.#bundle;
  }

  /** Returns the function that ends the subscription. */
  onBundleChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Template, check, record, sign. Codes: those of `problemOfRequest` and `leafId`, `svid/not-recorded`,
   * `authority/closed`, `authority/none-valid`, and what stands in the way of making an authority.
   */
  issue = async (request: SvidRequest): Promise<Result<IssuedSvid>> => {
    if (this.#closed) return err(CLOSED);
    const { clock, record, random, trustDomain } = this.#options;
    const refusal = problemOfRequest(request, trustDomain);
    if (refusal !== undefined) return err(refusal);
    const active = await this.#active();
    if (!active.ok) return active;
    const template = leafTemplate(request, active.value, clock.now(), random);
    const tbs = encodeLeaf(template);
    const problem = problemOfTemplate(tbs, request);
    if (problem !== undefined) return err(problem);
    const serial = Buffer.from(template.serial).toString('hex');
    const { notBefore, notAfter } = template;
    const keySha256 = hash('sha256', template.publicKeyInfo);
    const issuer = active.value.certificate.serial;
    const event = this.#event('svid.issued', { id: request.id, serial, notAfter, keySha256, issuer });
    const unrecorded = await notRecorded(record(event, 'required'), 'svid');
    if (unrecorded !== undefined) return err(unrecorded);
    return ok({ id: request.id, chain: [signTbs(tbs, active.value.privateKey)], serial, notBefore, notAfter });
  };

  /**
   * Makes the next authority when it is time, and forgets those that are long over. Called by itself, one run at a
   * time; what goes wrong while another authority still serves is told to `onProblem` and tried again.
   */
  async maintain(): Promise<Problem | undefined> {
    this.#running ??= this.#maintain().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** Does not wait for the next authority while there is one that may sign. */
  async #active(): Promise<Result<Generation>> {
    const { clock } = this.#options;
    const active = activeAt(this.#generations, clock.now());
    if (active === undefined) {
      const problem = await this.maintain();
      const made = activeAt(this.#generations, clock.now());
      return made === undefined ? err(problem ?? NONE_VALID) : ok(made);
    }
    if (clock.now() >= this.#dueMs) void this.maintain();
    return ok(active);
  }

  async #maintain(): Promise<Problem | undefined> {
    const { clock, onProblem } = this.#options;
    const wasOpen = this.#generations.length > 0;
    const problem = await this.#replace().catch(problemOfError);
    this.#dueMs = problem === undefined ? dueAfter(this.#generations, clock.now()) : clock.now() + MAX_WAIT_MS;
    if (problem !== undefined && wasOpen) onProblem(problem);
    this.#wait();
    return problem;
  }

  #wait(): void {
    this.#cancelTimer();
    if (this.#closed) return;
    const { clock, timers } = this.#options;
    const delayMs = Math.min(Math.max(this.#dueMs - clock.now(), 0), MAX_WAIT_MS);
    this.#cancelTimer = timers.after(delayMs, () => {
      const isDue = clock.now() >= this.#dueMs || activeAt(this.#generations, clock.now()) === undefined;
      if (isDue) void this.maintain();
      else this.#wait();
    });
  }

  async #replace(): Promise<Problem | undefined> {
    const { clock, directory, trustDomain } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const found = await readAuthorities(directory, trustDomain);
      if (!found.ok) return found.problem;
      const now = clock.now();
      for (const old of found.value) if (isForgottenAt(old, now)) await removeAuthority(directory, old.generation);
      this.#adopt(found.value.filter((authority) => isTrustedAt(authority, now)));
      if (!needsNext(found.value, now)) return undefined;
      const problem = await this.#makeNext((found.value.at(-1)?.generation ?? 0) + 1, now);
      if (problem !== undefined) return problem;
    }
    return CONTENDED;
  }

  /** Recorded first: an authority that the ledger does not know never signs. One that lost a race is in it unused. */
  async #makeNext(generation: number, now: number): Promise<Problem | undefined> {
    const { directory, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS, random, record, trustDomain } = this.#options;
    const second = Math.floor(now / 1000);
    const notBefore = (second - BACKDATE_SECONDS) * 1000;
    const notAfter = (second + Math.floor(lifetimeSeconds)) * 1000;
    const key = makeAuthorityKey(trustDomain, { notBefore, notAfter }, random);
    const { publicKeyInfo, serial } = key.certificate;
    const data = {
      id: idOfTrustDomain(trustDomain),
      serial,
      notAfter,
      keySha256: hash('sha256', publicKeyInfo),
      generation,
    };
    const unrecorded = await notRecorded(record(this.#event('authority.created', data), 'required'), 'authority');
    if (unrecorded === undefined) await writeAuthority(directory, generation, key, random);
    return unrecorded;
  }

  #adopt(generations: readonly Generation[]): void {
    const known = this.#generations;
    const isSame =
      generations.length === known.length && generations.every((one, index) => isSameKey(one, known[index]));
    if (isSame) return;
    this.#generations = generations;
    this.#bundle = { trustDomain: this.#options.trustDomain, authorities: generations.map(({ bytes }) => bytes) };
    for (const listener of [...this.#listeners]) listener();
  }

  #event(kind: LedgerEventKind, data: JsonObject): LedgerEvent {
    const { clock, random } = this.#options;
    const time = clock.now();
    return { id: makeEventId(time, random), time, kind, actor: { type: 'system', id: 'identity' }, data };
  }
}

const CLOSED: Problem = {
  code: 'authority/closed',
  message: 'the authority is closed, since this process is stopping',
};

const NONE_VALID: Problem = {
  code: 'authority/none-valid',
  message: 'no authority is valid at this time',
  hint: 'the wall clock jumped while one was made; set it right, and it is tried again',
};

const CONTENDED: Problem = {
  code: 'authority/contended',
  message: `other processes changed the authority's directory ${MAX_ATTEMPTS} times in a row`,
  hint: 'give each installation a directory of its own',
};

function isSameKey(one: Generation, other: Generation | undefined): boolean {
  return other !== undefined && sameBytes(one.bytes, other.bytes);
}

function leafTemplate(request: SvidRequest, issuer: Generation, now: number, random: Random): LeafTemplate {
  const second = Math.floor(now / 1000);
  const { certificate } = issuer;
  return {
    id: request.id,
    serial: makeSerial(random),
    publicKeyInfo: encodePublicKeyInfo(request.publicKey),
    dnsNames: request.dnsNames ?? [],
    issuer: certificate.subject,
    issuerKeyId: certificate.extensions.subjectKeyId ?? new Uint8Array(),
    notBefore: Math.max((second - BACKDATE_SECONDS) * 1000, certificate.notBefore),
    notAfter: Math.min((second + request.ttlSeconds) * 1000, certificate.notAfter),
  };
}

/** What we would not accept from others is not signed either: the verifier's own rules are asked. */
function problemOfTemplate(tbs: Uint8Array, request: SvidRequest): Problem | undefined {
  const leaf = parseTbsCertificate(tbs);
  if (!leaf.ok) return leaf.problem;
  const id = leafId(leaf.value);
  if (!id.ok) return id.problem;
  if (id.value !== request.id) throw new Error(`the template of ${request.id} names ${id.value}`);
  return undefined;
}

async function notRecorded(recorded: Promise<void>, area: 'authority' | 'svid'): Promise<Problem | undefined> {
  try {
    await recorded;
    return undefined;
  } catch (error) {
    const { message } = problemOfError(error);
    return { code: `${area}/not-recorded`, message: `nothing is issued that the ledger did not take: ${message}` };
  }
}

function problemOfError(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  throw error;
}
