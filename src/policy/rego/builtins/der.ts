/** Reads the distinguished encoding of ASN.1 (X.690): what certificates, requests and keys are written in. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
} as const;

/** Tags of the context: `[n]`, and `[n]` with parts. */
export function contextTag(number: number, hasParts: boolean = false): number {
  return (hasParts ? 0xa0 : 0x80) | number;
}

/** The first thing that is wrong with a document; shared by the readers of all its parts. */
export class Fault {
  message: string | undefined;

  report(message: string): void {
    this.message ??= message;
  }
}

const NOTHING = new Uint8Array();

/** Goes through elements one after another. After a fault it finds nothing more, so that the fault is asked for once. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #fault: Fault;
  /** What a fault in this part is called. */
  readonly #part: string;
  #at = 0;

  constructor(bytes: Uint8Array, fault: Fault, part: string) {
    this.#bytes = bytes;
    this.#fault = fault;
    this.#part = part;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length || this.#fault.message !== undefined;
  }

  /** The tag of the next element; 0 at the end. */
  get tag(): number {
    return this.isEmpty ? 0 : (this.#bytes[this.#at] as number);
  }

  fail(message: string = this.#part): Uint8Array {
    this.#fault.report(message);
    return NOTHING;
  }

  /** The content of the next element, which must have this tag. */
  read(tag: number): Uint8Array {
    return this.#next(tag)?.content ?? this.fail();
  }

  /** The next element as it is, its tag and length included. */
  readWhole(tag: number): Uint8Array {
    return this.#next(tag)?.whole ?? this.fail();
  }

  /** The content of the next element, if it has this tag. */
  readOptional(tag: number): Uint8Array | undefined {
    return this.tag === tag ? this.read(tag) : undefined;
  }

  readAny(): { readonly tag: number; readonly content: Uint8Array } {
    const { tag } = this;
    return { tag, content: this.read(tag) };
  }

  /** Into the parts of the next element. */
  enter(tag: number, part: string = this.#part): DerReader {
    return new DerReader(this.read(tag), this.#fault, part);
  }

  integer(tag: number = TAG.integer): bigint {
    const bytes = this.read(tag);
    if (bytes.length === 0) {
      this.fail();
      return 0n;
    }
    const isPadded = bytes.length > 1 && (bytes[0] === 0 || bytes[0] === 0xff);
    if (isPadded && ((bytes[0] as number) & 0x80) === ((bytes[1] as number) & 0x80)) this.fail();
    return BigInt.asIntN(bytes.length * 8, unsignedOf(bytes));
  }

  boolean(): boolean {
    const [value] = this.read(TAG.boolean);
    if (value !== 0 && value !== 0xff) this.fail();
    return value === 0xff;
  }

  /** The numbers of an object identifier. */
  oid(): readonly number[] {
    const bytes = this.read(TAG.oid);
    const parts: number[] = [];
    let part = 0;
    for (const [index, byte] of bytes.entries()) {
      part = part * 128 + (byte & 0x7f);
      if (!Number.isSafeInteger(part) || (part === 0 && byte === 0x80)) this.fail();
      if (byte >= 0x80) {
        if (index === bytes.length - 1) this.fail();
        continue;
      }
      if (parts.length === 0)
        parts.push(Math.min(Math.floor(part / 40), 2), part - 40 * Math.min(Math.floor(part / 40), 2));
      else parts.push(part);
      part = 0;
    }
    if (parts.length === 0) this.fail();
    return parts;
  }

  /** Whole bytes; bits that fill up the last one are zero. */
  bitString(): { readonly bytes: Uint8Array; readonly unused: number } {
    const content = this.read(TAG.bitString);
    const [unused = 8] = content;
    const bytes = content.subarray(1);
    const last = bytes.at(-1) ?? 0;
    if (unused > 7 || (bytes.length === 0 && unused > 0) || (last & ((1 << unused) - 1)) !== 0) this.fail();
    return { bytes, unused };
  }

  #next(tag: number): { readonly content: Uint8Array; readonly whole: Uint8Array } | undefined {
    if (this.isEmpty || this.tag !== tag || (tag & 0x1f) === 0x1f) return undefined;
    const bytes = this.#bytes;
    let start = this.#at + 2;
    let length = bytes[this.#at + 1] ?? Number.POSITIVE_INFINITY;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > bytes.length) return undefined;
      length = Number(unsignedOf(bytes.subarray(start, start + count)));
      start += count;
      // The shortest form alone.
      if (length < 0x80 || length < 256 ** (count - 1)) return undefined;
    }
    const end = start + length;
    if (end > bytes.length) return undefined;
    const whole = bytes.subarray(this.#at, end);
    this.#at = end;
    return { content: bytes.subarray(start, end), whole };
  }
}

export function unsignedOf(bytes: Uint8Array): bigint {
  let hex = '0x0';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return BigInt(hex);
}

/** ASCII or Latin-1, byte by byte. */
export function latinText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
