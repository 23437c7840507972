/** Reads the frames of a segment one after the other, and tells an unfinished tail from damage. */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import {
  FORMAT_VERSION,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  type FrameHeader,
  PREAMBLE_BYTES,
  readFrameHeader,
  readPreamble,
} from './frame.ts';
import { MAX_BATCH_BYTES } from './limits.ts';

export type ScannedFrame = {
  readonly kind: 'frame';
  readonly header: FrameHeader;
  readonly offset: number;
  /** Valid until the next frame is asked for. */
  readonly body: Buffer;
};

export type ScanItem =
  | ScannedFrame
  /** Always the last item, unless it is `damage`: what is sound ends here; `tornBytes` of an unfinished write follow. */
  | { readonly kind: 'end'; readonly offset: number; readonly tornBytes: number }
  | { readonly kind: 'newer'; readonly version: number }
  /** `frame` is there when its header is sound and its body is not. */
  | { readonly kind: 'damage'; readonly offset: number; readonly what: string; readonly frame?: ScannedFrame };

/** One frame of the largest size; a frame in flight when the machine stopped cannot be longer. */
const MAX_FRAME_BYTES: number = FRAME_HEADER_BYTES + MAX_BATCH_BYTES;
const CHUNK_BYTES = 256 * 1024;
/** The smallest unit that a disk writes whole. */
const SECTOR_BYTES = 512;
/** Shorter runs of zeros can be part of a sound header. */
const MIN_UNWRITTEN_BYTES = 32;

/** Goes up to what the file's size was when the scan began. Throws what the file system throws. */
export async function* scanFrames(path: string): AsyncGenerator<ScanItem, void, undefined> {
  const file = await open(path, 'r');
  try {
    const window = new Window(file, (await file.stat()).size);
    const start = readPreamble(await window.peek(0, PREAMBLE_BYTES));
    if (start === undefined) return yield { kind: 'damage', offset: 0, what: 'it does not begin as a segment does' };
    if (start.version !== FORMAT_VERSION) return yield { kind: 'newer', version: start.version };
    for (let offset = PREAMBLE_BYTES; ;) {
      const item = await nextItem(window, offset);
      yield item;
      if (item.kind !== 'frame') return;
      offset += FRAME_HEADER_BYTES + item.header.bodyBytes;
    }
  } finally {
    await file.close();
  }
}

async function nextItem(window: Window, offset: number): Promise<ScanItem> {
  if (offset === window.size) return { kind: 'end', offset, tornBytes: 0 };
  const header = readFrameHeader(await window.peek(offset, FRAME_HEADER_BYTES));
  if (header === undefined) return await brokenItem(window, { offset, what: 'no frame begins here' });
  const bytes = await window.peek(offset, FRAME_HEADER_BYTES + header.bodyBytes);
  const body = bytes.subarray(FRAME_HEADER_BYTES);
  const frame: ScannedFrame = { kind: 'frame', header, offset, body };
  if (body.length === header.bodyBytes && crc32(body) === header.bodyCrc) return frame;
  return await brokenItem(window, { offset, what: 'the checksum is wrong', frame });
}

async function brokenItem(window: Window, damage: Omit<ScanItem & { kind: 'damage' }, 'kind'>): Promise<ScanItem> {
  const { offset } = damage;
  const left = window.size - offset;
  const torn = left <= MAX_FRAME_BYTES && isUnfinishedWrite(await window.peek(offset, left), offset);
  return torn ? { kind: 'end', offset, tornBytes: left } : { kind: 'damage', ...damage };
}

/**
 * INVARIANT (tail): a frame is written after the one before it is durable, so only the last can be unfinished, and
 * whatever a sound frame follows was acknowledged. A write that the machine did not finish leaves the file short, or
 * leaves whole sectors unwritten, which read as zeros. Anything else, a flipped bit above all, is damage.
 */
function isUnfinishedWrite(rest: Buffer, offset: number): boolean {
  if (rest.length < FRAME_HEADER_BYTES) return true;
  for (let at = rest.indexOf(FRAME_MAGIC, 1); at >= 0; at = rest.indexOf(FRAME_MAGIC, at + 1)) {
    if (readFrameHeader(rest, at) !== undefined) return false;
  }
  const header = readFrameHeader(rest);
  if (header !== undefined && FRAME_HEADER_BYTES + header.bodyBytes > rest.length) return true;
  return hasUnwrittenSector(rest, offset);
}

function hasUnwrittenSector(rest: Buffer, offset: number): boolean {
  for (let start = 0; start < rest.length;) {
    const end = Math.min(rest.length, start + SECTOR_BYTES - ((offset + start) % SECTOR_BYTES));
    const sector = rest.subarray(start, end);
    if (sector.length >= MIN_UNWRITTEN_BYTES && sector.every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

/** A part of the file in memory that moves on; it is never larger than a frame and a chunk. */
class Window {
  readonly size: number;
  readonly #file: FileHandle;
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** The bytes from the offset on, fewer at the end of the file. */
  async peek(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - offset);
    if (offset < this.#start || offset + wanted > this.#start + this.#buffer.length) {
      this.#buffer = await this.#read(offset, Math.min(this.size - offset, Math.max(wanted, CHUNK_BYTES)));
      this.#start = offset;
    }
    const at = offset - this.#start;
    return this.#buffer.subarray(at, Math.min(at + wanted, this.#buffer.length));
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, length - filled, offset + filled);
      // The writer may have cut an unfinished tail off since the scan began.
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}
