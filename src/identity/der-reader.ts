/** Reads DER strictly (X.690 §10): one encoding per value, nothing past the end, no recursion. */
import { TAG } from './der.ts';

/** A longer object identifier is in no certificate; the bound keeps its decimal form cheap. */
const MAX_OID_BYTES = 64;

/** An arc up to here stays exact as a number for seven more bits; the arcs of an UUID have 128. */
const MAX_FAST_ARC: number = 2 ** 46 - 1;

/** Thrown by `DerReader` and caught by the functions that parse a certificate: no caller of those ever sees it. */
export class DerError extends Error {}

/**
 * A cursor over the content of one element. Every method moves past what it read, or throws `DerError`. What it
 * returns are views of the bytes that were given, not copies.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#offset === this.#end;
  }

  /** The tag of the next element; undefined at the end. */
  peek(): number | undefined {
    return this.#offset < this.#end ? this.#bytes[this.#offset] : undefined;
  }

  /** Enters the next element, which must have this tag. */
  enter(tag: number): DerReader {
    const start = this.#header(tag);
    return new DerReader(this.#bytes, start, this.#offset);
  }

  /** The content of the next element, which must have this tag. */
  content(tag: number): Uint8Array {
    const start = this.#header(tag);
    return this.#bytes.subarray(start, this.#offset);
  }

  /** The next element whole, with its tag and length. */
  element(tag: number): Uint8Array {
    const start = this.#offset;
    this.#header(tag);
    return this.#bytes.subarray(start, this.#offset);
  }

  boolean(): boolean {
    const content = this.content(TAG.boolean);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError('a boolean is 00 or ff');
    return content[0] === 0xff;
  }

  /** The content of an INTEGER in the shortest form; it may be negative. */
  integer(): Uint8Array {
    const content = this.content(TAG.integer);
    const [first, second] = content;
    if (first === undefined) throw new DerError('an integer has at least one byte');
    const padded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
    if (padded) throw new DerError('an integer has the shortest form');
    return content;
  }

  /** An INTEGER from 0 to 255: versions and path lengths. */
  smallInteger(): number {
    const [first = 0, second, more] = this.integer();
    if (more === undefined && first < 0x80 && second === undefined) return first;
    if (more === undefined && first === 0 && second !== undefined) return second;
    throw new DerError('the integer lies outside 0 to 255');
  }

  /** A BIT STRING of whole bytes: keys and signatures. */
  wholeBits(): Uint8Array {
    const content = this.content(TAG.bitString);
    if (content[0] !== 0) throw new DerError('the bit string has unused bits');
    return content.subarray(1);
  }

  /** A BIT STRING of at most 32 named bits, bit 0 as the lowest of the number (X.690 §11.2.2: no trailing zeros). */
  namedBits(): number {
    const content = this.content(TAG.bitString);
    const [unused, ...bytes] = content.length > 5 ? [] : content;
    if (unused === undefined || unused > 7) throw new DerError('the bit string is malformed or too long');
    const last = bytes.at(-1);
    if (last === undefined ? unused !== 0 : (last & (0xff >> (7 - unused))) !== 1 << unused) {
      throw new DerError('the bit string has trailing zeros');
    }
    let bits = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits |= 1 << bit;
    }
    return bits;
  }

  /** An OBJECT IDENTIFIER in its dotted form. */
  oid(): string {
    const content = this.content(TAG.oid);
    if (content.length === 0 || content.length > MAX_OID_BYTES || (content.at(-1) ?? 0) >= 0x80) {
      throw new DerError('the object identifier is empty, cut off or too long');
    }
    let dotted = '';
    let arc: number | bigint = 0;
    let fresh = true;
    for (const byte of content) {
      if (fresh && byte === 0x80) throw new DerError('an arc of an object identifier has the shortest form');
      fresh = byte < 0x80;
      if (typeof arc === 'number' && arc > MAX_FAST_ARC) arc = BigInt(arc);
      arc = typeof arc === 'number' ? arc * 128 + (byte & 0x7f) : (arc << 7n) | BigInt(byte & 0x7f);
      if (!fresh) continue;
      dotted += dotted === '' ? firstArcs(arc) : `.${arc}`;
      arc = 0;
    }
    return dotted;
  }

  /** RFC 5280 §4.1.2.5, in milliseconds since 1970: UTCTime through 2049, GeneralizedTime from 2050, to the second. */
  time(): number {
    const utc = this.peek() === TAG.utcTime;
    const digits = Buffer.from(this.content(utc ? TAG.utcTime : TAG.generalizedTime)).toString('latin1');
    const pattern = utc ? /^\d{12}Z$/u : /^\d{14}Z$/u;
    if (!pattern.test(digits)) throw new DerError('a time has whole seconds and ends with Z');
    const full = utc ? `${digits < '5' ? '20' : '19'}${digits}` : digits;
    if (!utc && full < '2050') throw new DerError('a time before 2050 is written as UTCTime');
    const field = (start: number): number => Number(full.slice(start, start + 2));
    const [month, day, hour, minute, second] = [field(4), field(6), field(8), field(10), field(12)];
    const ms = Date.UTC(Number(full.slice(0, 4)), month - 1, day, hour, minute, second);
    // Date carries 31 February over into March; what stays in range and keeps its day is a time that exists.
    const exists = month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60;
    if (!exists || new Date(ms).getUTCDate() !== day) throw new DerError('no such time');
    return ms;
  }

  /** INVARIANT (der-end): an element that was entered or parsed is read to its end. */
  end(): void {
    if (this.#offset !== this.#end) throw new DerError('there is something left at the end of an element');
  }

  /** Checks tag and length, moves past the element, and returns where its content begins. */
  #header(tag: number): number {
    const bytes = this.#bytes;
    const found = this.peek();
    if (found !== tag) {
      const what = found === undefined ? 'the end' : `tag ${found.toString(16).padStart(2, '0')}`;
      throw new DerError(`expected tag ${tag.toString(16).padStart(2, '0')}, found ${what}`);
    }
    let offset = this.#offset + 1;
    let length = offset < this.#end ? (bytes[offset] ?? 0) : 0x80;
    offset += 1;
    if (length >= 0x80) {
      const lengthBytes = length & 0x7f;
      if (lengthBytes === 0 || lengthBytes > 3 || offset + lengthBytes > this.#end) {
        throw new DerError('a length is indefinite, too long or cut off');
      }
      length = 0;
      for (let index = 0; index < lengthBytes; index += 1) length = (length << 8) | (bytes[offset + index] ?? 0);
      offset += lengthBytes;
      const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
      if (shortest !== lengthBytes) throw new DerError('a length has the shortest form');
    }
    if (length > this.#end - offset) throw new DerError('an element reaches past the end of what holds it');
    this.#offset = offset + length;
    return offset;
  }
}

/** X.690 §8.19.4: the first two arcs share one number. */
function firstArcs(arc: number | bigint): string {
  if (arc < 40) return `0.${arc}`;
  if (arc < 80) return `1.${Number(arc) - 40}`;
  return `2.${typeof arc === 'number' ? arc - 80 : arc - 80n}`;
}
