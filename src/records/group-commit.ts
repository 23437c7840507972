/** Batches that are written while a commit is under way share the next one: one fsync for all of them. */
import { ProblemError } from '../kernel/problem.ts';
import { err, type Result } from '../kernel/result.ts';
import type { Revision } from '../kernel/revision.ts';
import type { Batch } from './batch.ts';
import { closed, overloaded } from './problems.ts';

/** More do not make a commit cheaper, and all wait for the slowest part of it. */
const MAX_GROUP_BATCHES = 1024;
/** A group is in memory several times while it is sent; the largest batch alone still fits. */
const MAX_GROUP_BYTES = 16 * 1024 * 1024;
/** Beyond this the store is slower than its writers, and waiting only grows. */
const MAX_WAITING_BATCHES = 16_384;
const MAX_WAITING_BYTES = 128 * 1024 * 1024;

/** Commits all batches of the group at once, and answers for each; rejects when none of them may be acknowledged. */
export type CommitGroup = (group: readonly Batch[]) => Promise<readonly Result<Revision>[]>;

type Waiting = {
  readonly batch: Batch;
  readonly settle: (outcome: Result<Revision>) => void;
  readonly fail: (error: unknown) => void;
};

export class GroupCommit {
  readonly #commit: CommitGroup;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(commit: CommitGroup) {
    this.#commit = commit;
  }

  async submit(batch: Batch): Promise<Result<Revision>> {
    if (this.#closed) throw closed();
    if (this.#waiting.length >= MAX_WAITING_BATCHES || this.#waitingBytes + batch.bytes > MAX_WAITING_BYTES) {
      return err(overloaded(this.#waiting.length));
    }
    const { promise, resolve: settle, reject: fail } = Promise.withResolvers<Result<Revision>>();
    this.#waiting.push({ batch, settle, fail });
    this.#waitingBytes += batch.bytes;
    this.#running ??= this.#run();
    return promise;
  }

  /** Takes no more batches; settles when those that were taken are committed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Lets every writer of this turn of the event loop, and those just acknowledged, join the group.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      await this.#commitOne(this.#take());
    }
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { batch } of this.#waiting) {
      if (count === MAX_GROUP_BATCHES || (count > 0 && bytes + batch.bytes > MAX_GROUP_BYTES)) break;
      count += 1;
      bytes += batch.bytes;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #commitOne(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commit(group.map(({ batch }) => batch));
      for (const [index, { settle, fail }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) fail(new Error('an engine answered for fewer batches than it was given'));
        else settle(outcome);
      }
    } catch (error) {
      // Each writer gets an error of its own, so that a stack that one adds to is not another's.
      for (const { fail } of group) {
        fail(error instanceof ProblemError ? new ProblemError(error.problem, { cause: error }) : error);
      }
    }
  }
}
