/** Goes through one segment and recomputes everything that binds it: what recovery and verification have in common. */
import type { Problem } from '../kernel/problem.ts';
import { Chain, type ChainState } from './chain.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { DIGEST_BYTES, PairHasher, toBase64 } from './digest.ts';
import { readEvent } from './event-text.ts';
import { entrySpans, FORMAT_VERSION, FRAME_HEADER_BYTES, type FrameKind, PREAMBLE_BYTES } from './frame.ts';
import { type ScanItem, type ScannedFrame, scanFrames } from './frame-scan.ts';
import { rootOf } from './merkle-tree.ts';
import type { VerifierKey } from './note-key.ts';
import { corrupt, newerVersion, wrongKey } from './problems.ts';
import { EMPTY_SUMMARY, readHeader, readSeal, type SegmentName, summarise, type Summary } from './segment.ts';

export type Replayed = {
  /** After the last sound entry. */
  readonly chain: ChainState;
  readonly summary: Summary;
  /** The last one in the segment, its header's included. */
  readonly checkpoint: Checkpoint | undefined;
  readonly lastFrame: FrameKind | undefined;
  /** Where the sound part ends, and how much of an unfinished write follows. */
  readonly end: number;
  readonly tornBytes: number;
  readonly damage?: Damage;
};

/** `sequence`: the first entry that cannot be vouched for. */
export type Damage = { readonly problem: Problem; readonly offset: number; readonly sequence: number };

export type ReplayWith = {
  readonly key: VerifierKey;
  /** What the segments before come to. Absent: the header's own word, which its signed checkpoint must confirm. */
  readonly before?: ChainState;
  /** Roots in base64 that must be found at these sizes: of checkpoints that were kept elsewhere. */
  readonly roots?: ReadonlyMap<number, string>;
};

/** Never throws for what is in the file; throws what the file system throws. */
export async function replaySegment(path: string, segment: SegmentName, using: ReplayWith): Promise<Replayed> {
  const replay = new Replay(segment, using);
  for await (const item of scanFrames(path)) if (!replay.take(item)) break;
  return replay.result();
}

class Replay {
  readonly #segment: SegmentName;
  readonly #using: ReplayWith;
  #chain: Chain;
  #sound: number;
  #summary: Summary = EMPTY_SUMMARY;
  #checkpoint: Checkpoint | undefined;
  #lastFrame: FrameKind | undefined;
  #end = PREAMBLE_BYTES;
  #tornBytes = 0;
  #damage: Damage | undefined;

  constructor(segment: SegmentName, using: ReplayWith) {
    this.#segment = segment;
    this.#using = using;
    this.#chain = new Chain(using.before);
    this.#sound = segment.first;
  }

  result(): Replayed {
    return {
      chain: this.#chain.state(),
      summary: this.#summary,
      checkpoint: this.#checkpoint,
      lastFrame: this.#lastFrame,
      end: this.#end,
      tornBytes: this.#tornBytes,
      ...(this.#damage === undefined ? {} : { damage: this.#damage }),
    };
  }

  /** False when there is nothing more to take. */
  take(item: ScanItem): boolean {
    switch (item.kind) {
      case 'frame':
        return this.#takeFrame(item);
      case 'end':
        this.#end = item.offset;
        this.#tornBytes = item.tornBytes;
        return this.#lastFrame !== undefined || this.#fail(item.offset, 'it has no header');
      case 'newer':
        return this.#refuse(newerVersion(this.#segment.name, item.version, FORMAT_VERSION), 8);
      case 'damage':
        // The chain tells which entry of the batch it is.
        if (item.frame?.header.kind === 'batch' && !this.#takeBatch(item.frame)) return false;
        return this.#fail(item.offset, item.what);
    }
  }

  #takeFrame(frame: ScannedFrame): boolean {
    const { header, offset } = frame;
    const text = header.kind === 'batch' ? '' : frame.body.toString('utf8');
    if ((header.kind === 'header') !== (this.#lastFrame === undefined)) {
      return this.#fail(offset, 'a segment has one header, as its first frame');
    }
    if (this.#lastFrame === 'seal') return this.#fail(offset, 'something follows the seal of the segment');
    if (header.kind !== 'header' && header.sequence !== this.#chain.size) {
      return this.#fail(offset, `entry ${header.sequence} follows where entry ${this.#chain.size} should`);
    }
    if (header.kind !== 'batch' && header.entries !== 0) return this.#fail(offset, 'only a batch has entries');
    if (!this.#takeBody(frame, text)) return false;
    this.#lastFrame = header.kind;
    this.#end = offset + FRAME_HEADER_BYTES + header.bodyBytes;
    return true;
  }

  #takeBody(frame: ScannedFrame, text: string): boolean {
    switch (frame.header.kind) {
      case 'header':
        return this.#takeHeader(frame, text);
      case 'batch':
        return this.#takeBatch(frame);
      case 'checkpoint':
        return this.#takeCheckpoint(frame.offset, text);
      case 'seal': {
        const same = JSON.stringify(readSeal(text)) === JSON.stringify(this.#summary);
        return same || this.#fail(frame.offset, 'the seal does not fit the entries');
      }
      case 'open':
      case 'close':
        return /^\d{1,16}$/u.test(text) || this.#fail(frame.offset, 'the time in the frame is malformed');
    }
  }

  #takeHeader({ header, offset }: ScannedFrame, text: string): boolean {
    const read = readHeader(text);
    if (read === undefined) return this.#fail(offset, 'the header of the segment is malformed');
    const { size } = read.before.frontier;
    if (size !== this.#segment.first || size !== header.sequence) {
      return this.#fail(offset, `the segment begins with entry ${size}, which is not what its name says`);
    }
    const { before } = this.#using;
    if (before !== undefined && !sameState(before, read.before)) {
      return this.#fail(offset, 'the segment does not follow from the one before');
    }
    this.#chain = new Chain(read.before);
    const root = this.#using.roots?.get(size);
    if (root !== undefined && root !== toBase64(this.#chain.root())) {
      return this.#fail(offset, `the root over ${size} entries is not the one that was signed before`);
    }
    return this.#takeCheckpoint(offset, read.checkpoint);
  }

  #takeCheckpoint(offset: number, note: string): boolean {
    const opened = openCheckpoint(note, this.#using.key);
    if (!opened.ok) return this.#refuse(wrongKey(this.#segment.name, opened.problem.message), offset);
    if (opened.value.size !== this.#chain.size || opened.value.root !== toBase64(this.#chain.root())) {
      return this.#fail(offset, 'the signed checkpoint does not fit the entries before it');
    }
    this.#checkpoint = opened.value;
    return true;
  }

  #takeBatch({ header, offset, body }: ScannedFrame): boolean {
    const bodyAt = offset + FRAME_HEADER_BYTES;
    const spans = entrySpans(body, header.entries);
    if (spans === undefined || spans.length === 0) return this.#fail(offset, 'the entries do not fill their batch');
    for (const { start, from, end } of spans) {
      const sequence = this.#chain.size;
      this.#sound = sequence;
      const head = this.#chain.append(body.subarray(from - 1, end));
      if (head !== body.toString('latin1', start, start + DIGEST_BYTES)) {
        return this.#fail(bodyAt + start, `entry ${sequence} does not follow from the one before, so it was changed`);
      }
      const event = readEvent(body.subarray(from, end));
      if (event === undefined) return this.#fail(bodyAt + from, `entry ${sequence} is not an event`);
      this.#summary = summarise(this.#summary, event);
      const root = this.#using.roots?.get(sequence + 1);
      if (root !== undefined && root !== toBase64(this.#chain.root())) {
        return this.#fail(
          bodyAt + start,
          `the root over ${sequence + 1} entries is not the one that was signed before`,
        );
      }
    }
    this.#sound = this.#chain.size;
    return true;
  }

  #fail(offset: number, what: string): false {
    return this.#refuse(corrupt({ file: this.#segment.name, offset }, what), offset);
  }

  #refuse(problem: Problem, offset: number): false {
    this.#damage = { problem, offset, sequence: this.#sound };
    return false;
  }
}

function sameState(a: ChainState, b: ChainState): boolean {
  const hasher = new PairHasher();
  return (
    a.head === b.head &&
    a.frontier.size === b.frontier.size &&
    rootOf(a.frontier, hasher) === rootOf(b.frontier, hasher)
  );
}
