/** Where the body of an HTTP/1 message ends, found while its raw bytes pass by (RFC 9112 §6, §7.1). */
import { isTokenByte, isValueByte, type Malformed } from './http1-fields.ts';
import { MAX_CHUNK_LINE_BYTES, MAX_TRAILER_BYTES } from './limits.ts';

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Responses only: the body ends with the connection. */
  | { readonly kind: 'until-close' };

export const NO_BODY: Framing = { kind: 'none' };
export const CHUNKED: Framing = { kind: 'chunked' };
export const UNTIL_CLOSE: Framing = { kind: 'until-close' };

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const COLON = 0x3a;
/** Thirteen hex digits stay below 2^53. */
const MAX_SIZE_DIGITS = 13;

type ChunkState =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-lf'
  | 'last-lf'
  | 'end';

/** Follows one body. `take` is given each piece once, in order; nothing of the body is kept. */
export class BodyReader {
  #state: ChunkState;
  /** Bytes of the length, or of the current chunk, that are still to come. */
  #remaining: number;
  #digits = 0;
  /** Bytes of the current size line, or of all trailers. */
  #lineBytes = 0;
  readonly #kind: Framing['kind'];

  constructor(framing: Framing) {
    this.#kind = framing.kind;
    this.#remaining = framing.kind === 'length' ? framing.bytes : 0;
    const empty = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
    this.#state = empty ? 'end' : framing.kind === 'chunked' ? 'size' : 'data';
  }

  get done(): boolean {
    return this.#state === 'end';
  }

  /** The offset behind the last byte of `piece`, from `start`, that belongs to the body; or what is wrong with it. */
  take(piece: Buffer, start: number): number | Malformed {
    switch (this.#kind) {
      case 'none':
        return start;
      case 'until-close':
        return piece.length;
      case 'length': {
        const taken = Math.min(this.#remaining, piece.length - start);
        this.#remaining -= taken;
        if (this.#remaining === 0) this.#state = 'end';
        return start + taken;
      }
      case 'chunked':
        return this.#takeChunks(piece, start);
    }
  }

  #takeChunks(piece: Buffer, start: number): number | Malformed {
    let at = start;
    while (at < piece.length && this.#state !== 'end') {
      if (this.#state === 'data') {
        const taken = Math.min(this.#remaining, piece.length - at);
        this.#remaining -= taken;
        at += taken;
        if (this.#remaining === 0) this.#state = 'data-cr';
        continue;
      }
      const problem = this.#step(piece[at] ?? 0);
      if (problem !== undefined) return problem;
      at += 1;
    }
    return at;
  }

  /** One byte of what frames the data: size lines, their ends, and trailers. */
  #step(byte: number): Malformed | undefined {
    switch (this.#state) {
      case 'size':
        return this.#stepSize(byte);
      case 'extension':
        this.#lineBytes += 1;
        if (this.#lineBytes > MAX_CHUNK_LINE_BYTES) return bad('its size line is too long');
        if (byte === CR) this.#state = 'size-lf';
        else if (!isValueByte(byte)) return bad('a control character stands in a chunk extension');
        return undefined;
      case 'size-lf':
        if (byte !== LF) return bad('a size line ends without a line feed');
        this.#lineBytes = 0;
        this.#digits = 0;
        this.#state = this.#remaining === 0 ? 'trailer-start' : 'data';
        return undefined;
      case 'data-cr':
        if (byte !== CR) return bad('a chunk is longer than its size');
        this.#state = 'data-lf';
        return undefined;
      case 'data-lf':
        if (byte !== LF) return bad('a chunk ends without a line feed');
        this.#state = 'size';
        return undefined;
      case 'trailer-start':
        if (byte === CR) this.#state = 'last-lf';
        else if (!isTokenByte(byte)) return bad('a trailer has no proper name');
        else this.#state = 'trailer-name';
        return this.#countTrailerByte();
      case 'trailer-name':
        if (byte === COLON) this.#state = 'trailer-value';
        else if (!isTokenByte(byte)) return bad('a trailer has no proper name');
        return this.#countTrailerByte();
      case 'trailer-value':
        if (byte === CR) this.#state = 'trailer-lf';
        else if (!isValueByte(byte)) return bad('a control character stands in a trailer');
        return this.#countTrailerByte();
      case 'trailer-lf':
        if (byte !== LF) return bad('a trailer ends without a line feed');
        this.#state = 'trailer-start';
        return this.#countTrailerByte();
      case 'last-lf':
        if (byte !== LF) return bad('the body ends without a line feed');
        this.#state = 'end';
        return undefined;
      case 'data':
      case 'end':
        return undefined;
    }
  }

  #stepSize(byte: number): Malformed | undefined {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      if (this.#digits > MAX_SIZE_DIGITS) return bad('a chunk size has too many digits');
      this.#remaining = this.#remaining * 16 + digit;
      return undefined;
    }
    if (this.#digits === 0) return bad('a chunk size has no digits');
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === SEMICOLON) this.#state = 'extension';
    else return bad('a chunk size is followed by something else than an extension');
    return undefined;
  }

  #countTrailerByte(): Malformed | undefined {
    this.#lineBytes += 1;
    return this.#lineBytes > MAX_TRAILER_BYTES ? bad('its trailers are too long') : undefined;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function bad(what: string): Malformed {
  return { code: 'proxy/bad-chunk', message: `the chunked body is malformed: ${what}` };
}
