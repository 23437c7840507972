/** The end of the ledger on disk: writes frames one by one, each durable before the next, and starts new segments. */
import { join } from 'node:path';

import type { Clock } from '../kernel/clock.ts';
import type { ChainState } from './chain.ts';
import { type Checkpoint, signCheckpoint } from './checkpoint.ts';
import { PairHasher } from './digest.ts';
import { controlFrame, type FrameKind, preamble } from './frame.ts';
import type { LedgerFiles, SegmentFile } from './ledger-files.ts';
import { rootOf } from './merkle-tree.ts';
import type { CheckpointSigner } from './note-key.ts';
import { EMPTY_SUMMARY, mergeSummaries, segmentName, type Summary, writeHeader, writeSeal } from './segment.ts';

/** The newest checkpoint, as a file of its own: what an auditor or a witness fetches. */
export const CHECKPOINT_FILE = 'checkpoint';

export type TailTools = {
  readonly directory: string;
  readonly files: LedgerFiles;
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
};

/** The open segment, up to its last durable byte. */
export type TailPosition = {
  readonly first: number;
  readonly offset: number;
  readonly summary: Summary;
  readonly chain: ChainState;
  /** Undefined before the first one was signed. */
  readonly checkpoint: Checkpoint | undefined;
};

/**
 * INVARIANT (durable): `position` moves only after `fdatasync` succeeded. A method that rejects leaves it where it was,
 * and then nothing but `repair` may be called: what lies behind it in the file is unknown.
 */
export class Tail {
  readonly #tools: TailTools;
  readonly #hasher: PairHasher = new PairHasher();
  #file: SegmentFile;
  #position: TailPosition;
  /** Nothing may be written to the file again: it is sealed, or a `fdatasync` of it failed. */
  #finished = false;

  private constructor(tools: TailTools, file: SegmentFile, position: TailPosition) {
    this.#tools = tools;
    this.#file = file;
    this.#position = position;
  }

  /** Goes on where recovery found the end. */
  static async resume(tools: TailTools, position: TailPosition): Promise<Tail> {
    const file = await tools.files.open(join(tools.directory, segmentName(position.first)));
    return new Tail(tools, file, position);
  }

  /** Starts a segment after the given entries. */
  static async start(tools: TailTools, chain: ChainState): Promise<Tail> {
    return new Tail(tools, ...(await startSegment(tools, chain)));
  }

  get position(): TailPosition {
    return this.#position;
  }

  /** The frame of a batch, with what the entries come to after it. */
  async append(frame: Uint8Array, chain: ChainState, summary: Summary): Promise<void> {
    await this.#write(frame);
    this.#position = { ...this.#position, chain, summary: mergeSummaries(this.#position.summary, summary) };
  }

  /** `open` or `close`, with the time. */
  async mark(kind: 'open' | 'close'): Promise<void> {
    await this.#control(kind, String(this.#tools.clock.now()));
  }

  /** Signs what is durable, unless that was done. The file comes second: it never speaks of what is not there. */
  async checkpoint(): Promise<Checkpoint> {
    const { chain, checkpoint } = this.#position;
    if (checkpoint !== undefined && checkpoint.size === chain.frontier.size) return checkpoint;
    const signed = await signCheckpoint(chain.frontier.size, rootOf(chain.frontier, this.#hasher), this.#tools.signer);
    await this.#control('checkpoint', signed.note);
    this.#position = { ...this.#position, checkpoint: signed };
    await this.publish(signed);
    return signed;
  }

  async publish(checkpoint: Checkpoint): Promise<void> {
    await this.#tools.files.replace(join(this.#tools.directory, CHECKPOINT_FILE), Buffer.from(checkpoint.note));
  }

  /**
   * Seals the segment and starts the next. After a crash in between, recovery finds a sealed last segment and starts
   * the next one itself.
   */
  async rotate(): Promise<void> {
    await this.#control('seal', writeSeal(this.#position.summary));
    this.#finished = true;
    await this.startNext();
  }

  /**
   * After a write that failed: cuts the file off behind the last durable byte. When it was `fdatasync` that failed,
   * what the system still holds may be on the disk or not, and asking again would not tell: the pages count as clean
   * now. So the file is never written again, and a new segment begins; so it does after a seal.
   */
  async repair(): Promise<void> {
    await this.cut();
    if (this.#finished) await this.startNext();
  }

  /** Cuts off what lies behind the last durable byte. */
  async cut(): Promise<void> {
    await this.#file.truncate(this.#position.offset);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** A crash before the checkpoint file is replaced leaves an older one there, which is as true. */
  async startNext(): Promise<void> {
    const [file, position] = await startSegment(this.#tools, this.#position.chain);
    const old = this.#file;
    this.#file = file;
    this.#position = position;
    this.#finished = false;
    // It was durable before; what closing may still report changes nothing.
    await old.close().catch(() => undefined);
    if (position.checkpoint !== undefined) await this.publish(position.checkpoint);
  }

  async #control(kind: Exclude<FrameKind, 'batch' | 'header'>, text: string): Promise<void> {
    await this.#write(controlFrame(kind, this.#position.chain.frontier.size, text));
  }

  async #write(frame: Uint8Array): Promise<void> {
    const { offset } = this.#position;
    await this.#file.write(frame, offset);
    this.#finished = true;
    await this.#file.datasync();
    this.#finished = false;
    this.#position = { ...this.#position, offset: offset + frame.length };
  }
}

async function startSegment(tools: TailTools, chain: ChainState): Promise<[SegmentFile, TailPosition]> {
  const { size } = chain.frontier;
  const checkpoint = await signCheckpoint(size, rootOf(chain.frontier, new PairHasher()), tools.signer);
  const header = writeHeader({ before: chain, checkpoint: checkpoint.note, created: tools.clock.now() });
  const bytes = Buffer.concat([preamble(), controlFrame('header', size, header)]);
  const path = join(tools.directory, segmentName(size));
  await tools.files.replace(path, bytes);
  const file = await tools.files.open(path);
  return [file, { first: size, offset: bytes.length, summary: EMPTY_SUMMARY, chain, checkpoint }];
}
