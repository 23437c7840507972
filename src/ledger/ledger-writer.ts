/** Group commit: events of all callers gather in one batch while the batch before is on its way to the disk. */
import type { Clock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent, RecordMode } from '../kernel/ledger-event.ts';
import { type Problem, ProblemError } from '../kernel/problem.ts';
import { Batch } from './batch.ts';
import { Chain } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { EventText } from './event-text.ts';
import { gapGroup, type Group, toGroup } from './group.ts';
import type { Ledger, LedgerEntry, LedgerTrouble, SequenceRange } from './ledger.ts';
import { type LedgerLimits, MAX_BATCH_BYTES } from './limits.ts';
import { closed, overloaded, toProblem } from './problems.ts';
import type { Tail } from './tail.ts';

export type WriterParts = {
  readonly tail: Tail;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly limits: LedgerLimits;
  readonly onTrouble: (trouble: LedgerTrouble) => void;
  readonly unlock: () => void;
};

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly triedAt: number }
  | { readonly kind: 'closed' };

/** Where a group went: the batch's promise is taken at once, since the batch is used again. */
type Place = { readonly first: number; readonly durable: Promise<void> };

const DONE: Promise<void> = Promise.resolve();

export class LedgerWriter implements Ledger {
  readonly #parts: WriterParts;
  readonly #listeners: Set<(entries: readonly LedgerEntry[]) => void> = new Set();
  #state: State = { kind: 'open' };
  /** After all that is queued; `tail.position.chain` is after all that is durable. */
  #chain: Chain;
  #filling: Batch;
  #spare: Batch = new Batch();
  /** For the listeners, while there are any. */
  #entries: LedgerEntry[] = [];
  #promptEvents = 0;
  #writing: { readonly durable: Promise<void> } | undefined;
  #waiting: { readonly group: Group; readonly placed: PromiseWithResolvers<Place> }[] = [];
  #waitingBytes = 0;
  #due = false;
  #pumping = false;
  #promptTimer: NodeJS.Timeout | undefined;
  #checkpointTimer: NodeJS.Timeout | undefined;
  /** The end of the line of those who use the tail, one after the other. */
  #turn: Promise<unknown> = DONE;
  #repairing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #lostEvents = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#chain = new Chain(parts.tail.position.chain);
    this.#filling = new Batch().begin(this.#chain.size);
  }

  get size(): number {
    return this.#parts.tail.position.chain.frontier.size;
  }

  readonly record = (event: LedgerEvent, mode: RecordMode): Promise<void> => {
    const group = toGroup([event], mode);
    if (group instanceof ProblemError) return Promise.reject(group);
    if (mode === 'required') return this.#commit(group).then(() => undefined);
    if (!this.#mayPlace(group)) return this.#place(group).then(() => undefined);
    this.#put(group);
    return DONE;
  };

  readonly append = (events: readonly LedgerEvent[]): Promise<SequenceRange> => {
    const group = toGroup(events, 'required');
    return group instanceof ProblemError ? Promise.reject(group) : this.#commit(group);
  };

  readonly flush = async (): Promise<void> => {
    const goal = this.#chain.size + this.#waiting.reduce((sum, { group }) => sum + group.events.length, 0);
    while (this.size < goal) {
      if (this.#state.kind === 'failed') throw new ProblemError(this.#state.problem);
      this.#kick();
      await (this.#writing?.durable ?? this.#filling.durable.promise);
    }
  };

  readonly checkpoint = async (): Promise<Checkpoint> => {
    if (this.#closing !== undefined) throw new ProblemError(closed());
    return await this.#useTail((tail) => tail.checkpoint());
  };

  readonly onAppended = (listener: (entries: readonly LedgerEntry[]) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Durable when it settles. */
  async recordGap(data: JsonObject): Promise<void> {
    await this.#commit(this.#gap(data));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #commit(group: Group): Promise<SequenceRange> {
    if (group.events.length === 0) return { first: this.size, end: this.size };
    const { first, durable } = this.#mayPlace(group) ? this.#put(group) : await this.#place(group);
    await durable;
    return { first, end: first + group.events.length };
  }

  #mayPlace(group: Group): boolean {
    const fits = this.#filling.bodyBytes + group.bytes <= MAX_BATCH_BYTES;
    return fits && this.#state.kind === 'open' && this.#closing === undefined && this.#waiting.length === 0;
  }

  /** The way of a group that cannot be put into the batch at once. */
  async #place(group: Group): Promise<Place> {
    if (this.#state.kind === 'failed') await this.#repair(this.#state);
    if (this.#closing !== undefined) throw new ProblemError(closed());
    if (this.#mayPlace(group)) return this.#put(group);
    const { waitingBytes } = this.#parts.limits;
    if (this.#waitingBytes + group.bytes > waitingBytes) {
      throw new ProblemError(overloaded(this.#waitingBytes + group.bytes, waitingBytes));
    }
    const placed = Promise.withResolvers<Place>();
    this.#waiting.push({ group, placed });
    this.#waitingBytes += group.bytes;
    this.#kick();
    return await placed.promise;
  }

  #put({ events, written, mode }: Group): Place {
    const batch = this.#filling;
    const first = this.#chain.size;
    for (const [index, event] of events.entries()) {
      batch.add(event, written[index] as EventText, this.#chain);
      if (this.#listeners.size > 0) this.#entries.push({ sequence: first + index, event });
    }
    if (mode === 'required') this.#kick();
    else {
      this.#promptEvents += 1;
      this.#promptTimer ??= setTimeout(() => this.#kick(), this.#parts.limits.promptDelayMs);
    }
    return { first, durable: batch.durable.promise };
  }

  #putWaiting(): void {
    while (this.#waiting[0] !== undefined) {
      const { group, placed } = this.#waiting[0];
      if (this.#filling.bodyBytes + group.bytes > MAX_BATCH_BYTES) return;
      this.#waiting.shift();
      this.#waitingBytes -= group.bytes;
      placed.resolve(this.#put(group));
    }
  }

  /** Writes what is queued as soon as the disk is free; callers of the same turn of the event loop come along. */
  #kick(): void {
    this.#due = true;
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => void this.#pump());
  }

  async #pump(): Promise<void> {
    while (this.#due && this.#state.kind === 'open') {
      // What fails has told those who wait; the next to record tries again.
      await this.#useTail((tail) => this.#writeBatch(tail)).catch(() => undefined);
    }
    this.#pumping = false;
  }

  async #writeBatch(tail: Tail): Promise<void> {
    this.#due = false;
    clearTimeout(this.#promptTimer);
    this.#promptTimer = undefined;
    const batch = this.#filling;
    if (batch.entries === 0) return;
    const entries = this.#entries;
    const chain = this.#chain.state();
    const promptEvents = this.#promptEvents;
    this.#writing = { durable: batch.durable.promise };
    this.#filling = this.#spare.begin(this.#chain.size);
    this.#entries = [];
    this.#promptEvents = 0;
    this.#putWaiting();

    try {
      const frame = batch.finish();
      const { offset, summary } = tail.position;
      if (summary.entries > 0 && offset + frame.length > this.#parts.limits.segmentBytes) await tail.rotate();
      await tail.append(frame, chain, batch.summary);
    } catch (error) {
      this.#lostEvents += promptEvents;
      batch.durable.reject(toProblem('write', error));
      throw error;
    } finally {
      this.#writing = undefined;
      this.#spare = batch;
    }
    batch.durable.resolve();
    this.#tell(entries);
    await this.#checkpointWhenDue(tail);
  }

  async #checkpointWhenDue(tail: Tail): Promise<void> {
    const { chain, checkpoint } = tail.position;
    const unsigned = chain.frontier.size - (checkpoint?.size ?? 0);
    const { checkpointEvents, checkpointIntervalMs } = this.#parts.limits;
    if (unsigned >= checkpointEvents) await tail.checkpoint();
    else if (unsigned > 0 && this.#checkpointTimer === undefined) {
      const sign = (): void => {
        this.#checkpointTimer = undefined;
        if (this.#state.kind === 'open') void this.#useTail((later) => later.checkpoint()).catch(() => undefined);
      };
      this.#checkpointTimer = setTimeout(sign, checkpointIntervalMs).unref();
    }
  }

  #tell(entries: readonly LedgerEntry[]): void {
    if (entries.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(entries);
      } catch (error) {
        // A bug of the listener: it must be heard, and must not stop the recording.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** One at a time; whatever rejects here leaves the tail unknown and the ledger failed. */
  async #useTail<T>(work: (tail: Tail) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#state.kind === 'failed') throw new ProblemError(this.#state.problem);
      try {
        return await work(this.#parts.tail);
      } catch (error) {
        throw this.#fail(error);
      }
    });
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  /** Everything that is queued is refused: it stands behind a write of which nothing is known. */
  #fail(error: unknown): ProblemError {
    const failure = toProblem('write', error);
    this.#state = { kind: 'failed', problem: failure.problem, triedAt: this.#parts.clock.monotonic() };
    this.#lostEvents += this.#promptEvents;
    this.#promptEvents = 0;
    this.#entries = [];
    this.#filling.durable.reject(failure);
    for (const { placed } of this.#waiting) placed.reject(failure);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#chain = new Chain(this.#parts.tail.position.chain);
    this.#filling.begin(this.#chain.size);
    this.#parts.onTrouble({ kind: 'unavailable', problem: failure.problem });
    return failure;
  }

  /** Tries the disk again, at most once per `retryMs`; those who come meanwhile share the outcome. */
  async #repair(failed: State & { kind: 'failed' }): Promise<void> {
    const { clock, limits } = this.#parts;
    const now = clock.monotonic();
    if (this.#repairing === undefined) {
      if (now - failed.triedAt < limits.retryMs) throw new ProblemError(failed.problem);
      this.#state = { ...failed, triedAt: now };
      this.#repairing = this.#goOn().finally(() => (this.#repairing = undefined));
    }
    await this.#repairing;
  }

  /** The disk works again when the gap is recorded on it. */
  async #goOn(): Promise<void> {
    const { tail, onTrouble } = this.#parts;
    await this.#turn;
    const lostEvents = this.#lostEvents;
    try {
      await tail.repair();
      this.#chain = new Chain(tail.position.chain);
      this.#filling.begin(this.#chain.size);
      this.#put(this.#gap({ reason: 'storage-failure', lostEvents }));
      await this.#writeBatch(tail);
    } catch (error) {
      throw toProblem('write', error);
    }
    this.#lostEvents -= lostEvents;
    this.#state = { kind: 'open' };
    onTrouble({ kind: 'recovered', lostEvents });
  }

  #gap(data: JsonObject): Group {
    const { clock, random } = this.#parts;
    const lastSequence = this.size === 0 ? null : this.size - 1;
    return gapGroup(clock.now(), random, { ...data, lastSequence });
  }

  /** A ledger that cannot write is left without the mark, so that the next start records a gap. */
  async #close(): Promise<void> {
    const { tail, unlock } = this.#parts;
    try {
      if (this.#state.kind === 'failed') await this.#repair({ ...this.#state, triedAt: Number.NEGATIVE_INFINITY });
      await this.flush();
      this.#state = { kind: 'closed' };
      await this.#useTail(async () => {
        await tail.checkpoint();
        await tail.mark('close');
      });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    } finally {
      this.#state = { kind: 'closed' };
      clearTimeout(this.#promptTimer);
      clearTimeout(this.#checkpointTimer);
      await tail.close().catch(() => undefined);
      unlock();
    }
  }
}
