/** Watches on one store: each reads on from its revision, and is woken when there is more. Nobody polls. */
import { NO_REVISION, type Revision } from '../kernel/revision.ts';
import type { Changes } from './records.ts';

/**
 * Reads some batches after a revision, in order and from the next one on; none when there is none. Rejects with
 * `records/compacted` or `records/future-revision` as `Records.watch` does.
 */
export type ReadAfter = (after: Revision) => Promise<readonly Changes[]>;

export class ChangeFeed {
  readonly #readAfter: ReadAfter;
  readonly #wake = new Set<() => void>();
  #head: Revision = NO_REVISION;
  #closed = false;
  /** The last page that was read: watchers that are all at the same place, as live ones are, share one read. */
  #page: { readonly after: Revision; readonly changes: Promise<readonly Changes[]> } | undefined;

  constructor(readAfter: ReadAfter) {
    this.#readAfter = readAfter;
  }

  /** Says that `head` was reached. Late or repeated news is fine: it is ignored. */
  advance(head: Revision): void {
    if (head > this.#head) this.#move(head);
  }

  /** Says where the store stands after it was out of sight, even if a restored backup set it back. */
  resume(head: Revision): void {
    if (head !== this.#head) this.#move(head);
  }

  #move(head: Revision): void {
    this.#head = head;
    this.#page = undefined;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake) wake();
  }

  close(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  async *watch(from: Revision, signal: AbortSignal | undefined): AsyncGenerator<Changes, void, undefined> {
    let position = from;
    while (!this.#ended(signal)) {
      // The head is looked at before the read: news that comes during it is not slept through.
      const head = this.#head;
      const page = await this.#unlessEnded(this.#read(position), signal);
      for (const changes of page) {
        if (this.#ended(signal)) return;
        position = changes.revision;
        yield changes;
      }
      if (page.length === 0) await this.#news(head, signal);
    }
  }

  #ended(signal: AbortSignal | undefined): boolean {
    return this.#closed || (signal?.aborted ?? false);
  }

  #read(after: Revision): Promise<readonly Changes[]> {
    const shared = this.#page;
    if (shared?.after === after) return shared.changes;
    const page = { after, changes: this.#readAfter(after) };
    this.#page = page;
    // What failed is not shared with who comes later: the next read may find the store well again.
    page.changes.catch(() => {
      if (this.#page === page) this.#page = undefined;
    });
    return page.changes;
  }

  /** Nothing when the watch ends first: a read may wait for a server that is away. */
  #unlessEnded(read: Promise<readonly Changes[]>, signal: AbortSignal | undefined): Promise<readonly Changes[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Changes[]>();
    const stop = this.#whenWoken(signal, () => {
      if (this.#ended(signal)) resolve([]);
    });
    read.then(resolve, reject).finally(stop);
    return promise.finally(stop);
  }

  /** Settles when the head is not `seen` any more, or the watch has ended. */
  #news(seen: Revision, signal: AbortSignal | undefined): Promise<void> {
    if (this.#head !== seen || this.#ended(signal)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.#whenWoken(signal, resolve);
    return promise.finally(stop);
  }

  /** Calls back when the head moves, the feed closes or `signal` aborts, until the returned function is called. */
  #whenWoken(signal: AbortSignal | undefined, wake: () => void): () => void {
    this.#wake.add(wake);
    signal?.addEventListener('abort', wake);
    return () => {
      this.#wake.delete(wake);
      signal?.removeEventListener('abort', wake);
    };
  }
}
