/**
 * The unit that is written and made durable at once. A segment is a preamble and then frames, end to end:
 *
 *     preamble  magic 8 | version u16 | zeros 6
 *     frame     magic 4 | kind u32 | body bytes u32 | entries u32 | first sequence u64 | CRC-32 of the body |
 *               CRC-32 of the 28 bytes before | body
 *     batch     entries: chain head 32 | bytes u24 | 0x00 | canonical JSON
 *
 * Numbers are little-endian. The 0x00 before the JSON is the leaf prefix of RFC 6962, stored so that an entry is hashed where
 * it lies. Both magics begin with a byte that UTF-8 does not have, so that no event can hold one.
 */
import { crc32 } from 'node:zlib';

import { DIGEST_BYTES } from './digest.ts';
import { MAX_BATCH_BYTES, MAX_CONTROL_BYTES } from './limits.ts';

export const FORMAT_VERSION = 1;
export const PREAMBLE_BYTES = 16;
const PREAMBLE_MAGIC: Buffer = Buffer.from('ff4353204c444752', 'hex');

export const FRAME_MAGIC: Buffer = Buffer.from('ffc51ed6', 'hex');
export const FRAME_HEADER_BYTES = 32;
const HEADER_CRC_AT = 28;

/** Chain head, length and leaf prefix. */
export const ENTRY_HEADER_BYTES: number = DIGEST_BYTES + 4;

/**
 * `header` opens a segment; `open` says that a ledger began to write, `close` that it ended in order; `seal` ends a
 * segment that is full.
 */
export type FrameKind = 'header' | 'batch' | 'checkpoint' | 'seal' | 'open' | 'close';
const KINDS: readonly FrameKind[] = ['header', 'batch', 'checkpoint', 'seal', 'open', 'close'];

export type FrameHeader = {
  readonly kind: FrameKind;
  readonly bodyBytes: number;
  /** Of a batch; 0 for the other kinds. */
  readonly entries: number;
  /** How many entries the ledger has before this frame. */
  readonly sequence: number;
  readonly bodyCrc: number;
};

export function preamble(): Buffer {
  const bytes = Buffer.alloc(PREAMBLE_BYTES);
  PREAMBLE_MAGIC.copy(bytes);
  bytes.writeUInt16LE(FORMAT_VERSION, 8);
  return bytes;
}

export function readPreamble(bytes: Buffer): { readonly version: number } | undefined {
  if (bytes.length < PREAMBLE_BYTES || !bytes.subarray(0, 8).equals(PREAMBLE_MAGIC)) return undefined;
  return bytes.readUIntLE(10, 6) === 0 ? { version: bytes.readUInt16LE(8) } : undefined;
}

/** Fills in the header of a frame whose body already stands in the buffer behind it. */
export function finishFrame(frame: Buffer, kind: FrameKind, sequence: number, entries: number): void {
  FRAME_MAGIC.copy(frame);
  frame.writeUInt32LE(KINDS.indexOf(kind) + 1, 4);
  frame.writeUInt32LE(frame.length - FRAME_HEADER_BYTES, 8);
  frame.writeUInt32LE(entries, 12);
  frame.writeBigUInt64LE(BigInt(sequence), 16);
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEADER_BYTES)), 24);
  frame.writeUInt32LE(crc32(frame.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
}

export function controlFrame(kind: Exclude<FrameKind, 'batch'>, sequence: number, text: string): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), Buffer.from(text)]);
  finishFrame(frame, kind, sequence, 0);
  return frame;
}

/** Undefined when these are not the 32 bytes of a header as it was written. */
export function readFrameHeader(bytes: Buffer, at = 0): FrameHeader | undefined {
  if (bytes.length < at + FRAME_HEADER_BYTES || bytes.compare(FRAME_MAGIC, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + HEADER_CRC_AT)) !== bytes.readUInt32LE(at + HEADER_CRC_AT)) return undefined;
  const kind = KINDS[bytes.readUInt32LE(at + 4) - 1];
  const bodyBytes = bytes.readUInt32LE(at + 8);
  const sequence = Number(bytes.readBigUInt64LE(at + 16));
  if (kind === undefined || !Number.isSafeInteger(sequence)) return undefined;
  if (bodyBytes > (kind === 'batch' ? MAX_BATCH_BYTES : MAX_CONTROL_BYTES)) return undefined;
  return { kind, bodyBytes, entries: bytes.readUInt32LE(at + 12), sequence, bodyCrc: bytes.readUInt32LE(at + 24) };
}

/** Where an entry lies in the body of its batch. */
export type EntrySpan = {
  readonly start: number;
  /** Of the canonical JSON; the leaf prefix is the byte before. */
  readonly from: number;
  readonly end: number;
};

/** Undefined when the entries do not fill the body exactly, one after the other. */
export function entrySpans(body: Buffer, entries: number): readonly EntrySpan[] | undefined {
  const spans: EntrySpan[] = [];
  let start = 0;
  while (start < body.length) {
    const from = start + ENTRY_HEADER_BYTES;
    if (from > body.length || body[from - 1] !== 0) return undefined;
    const end = from + body.readUIntLE(from - 4, 3);
    if (end > body.length) return undefined;
    spans.push({ start, from, end });
    start = end;
  }
  return spans.length === entries ? spans : undefined;
}
