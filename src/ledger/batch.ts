/** A batch while it is filled: entries go straight into the bytes of the frame that will be written. */
import type { LedgerEvent } from '../kernel/ledger-event.ts';
import type { Chain } from './chain.ts';
import { DIGEST_BYTES, LEAF_PREFIX } from './digest.ts';
import type { EventText } from './event-text.ts';
import { ENTRY_HEADER_BYTES, finishFrame, FRAME_HEADER_BYTES } from './frame.ts';
import { MAX_BATCH_BYTES } from './limits.ts';
import { EMPTY_SUMMARY, type Summary } from './segment.ts';

export function entryBytes(event: EventText): number {
  return ENTRY_HEADER_BYTES + event.bytes;
}

/** Its buffer is used again for every second batch; the bytes of a frame are valid until `begin`. */
export class Batch {
  readonly #frame: Buffer = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + MAX_BATCH_BYTES);
  #end = FRAME_HEADER_BYTES;
  #first = 0;
  #entries = 0;
  #firstTime = 0;
  #lastTime = 0;
  #firstId = '';
  #lastId = '';
  #durable: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Empties it, for entries from this number on. */
  begin(first: number): this {
    this.#end = FRAME_HEADER_BYTES;
    this.#first = first;
    this.#entries = 0;
    this.#durable = Promise.withResolvers();
    // Nobody may be waiting: `prompt` events are not awaited.
    this.#durable.promise.catch(() => undefined);
    return this;
  }

  /** The number of its first entry. */
  get first(): number {
    return this.#first;
  }

  get entries(): number {
    return this.#entries;
  }

  get bodyBytes(): number {
    return this.#end - FRAME_HEADER_BYTES;
  }

  /** Settles when all the entries are durable, or rejects when they never will be. */
  get durable(): PromiseWithResolvers<void> {
    return this.#durable;
  }

  get summary(): Summary {
    if (this.#entries === 0) return EMPTY_SUMMARY;
    return {
      entries: this.#entries,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      firstId: this.#firstId,
      lastId: this.#lastId,
    };
  }

  /** The caller has made sure that the entry has room. */
  add(event: LedgerEvent, written: EventText, chain: Chain): void {
    const from = this.#end + ENTRY_HEADER_BYTES;
    const frame = this.#frame;
    frame.writeUIntLE(written.bytes, from - 4, 3);
    frame[from - 1] = LEAF_PREFIX;
    frame.write(written.text, from, written.bytes === written.text.length ? 'latin1' : 'utf8');
    const head = chain.append(frame.subarray(from - 1, from + written.bytes));
    frame.write(head, this.#end, DIGEST_BYTES, 'latin1');
    this.#end = from + written.bytes;
    this.#span(event);
    this.#entries += 1;
  }

  /** The frame's bytes. */
  finish(): Buffer {
    const frame = this.#frame.subarray(0, this.#end);
    finishFrame(frame, 'batch', this.#first, this.#entries);
    return frame;
  }

  #span({ id, time }: LedgerEvent): void {
    if (this.#entries === 0 || time < this.#firstTime) this.#firstTime = time;
    if (this.#entries === 0 || time > this.#lastTime) this.#lastTime = time;
    if (this.#entries === 0 || id < this.#firstId) this.#firstId = id;
    if (this.#entries === 0 || id > this.#lastId) this.#lastId = id;
  }
}
