/** Writes DER (X.690 §10): the few types of which a certificate is made. */

/** Identifier octets (X.690 §8.1.2); `CONTEXT` and `CONSTRUCTED` are combined with a number. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
export const CONTEXT = 0x80;
export const CONSTRUCTED = 0x20;

/** One element: its tag, its length in the shortest form, and its content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of content) length += part.length;
  const lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  if (length >= 0x1000000) throw new RangeError(`an element of ${length} bytes is no part of a certificate`);
  const bytes = new Uint8Array(2 + lengthBytes + length);
  bytes[0] = tag;
  bytes[1] = lengthBytes === 0 ? length : 0x80 | lengthBytes;
  for (let index = 0; index < lengthBytes; index += 1) bytes[1 + lengthBytes - index] = (length >>> (8 * index)) & 0xff;
  let offset = 2 + lengthBytes;
  for (const part of content) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export function sequence(...content: readonly Uint8Array[]): Uint8Array {
  return der(TAG.sequence, ...content);
}

/** An INTEGER of the magnitude given in big-endian bytes; never negative. */
export function unsignedInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  return (digits[0] ?? 0x80) >= 0x80 ? der(TAG.integer, Uint8Array.of(0), digits) : der(TAG.integer, digits);
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(TAG.bitString, Uint8Array.of(0), bytes);
}

/** A BIT STRING of named bits (X.690 §11.2.2: without trailing zeros); bit 0 is the highest of the first byte. */
export function namedBits(...bits: readonly number[]): Uint8Array {
  const last = Math.max(-1, ...bits);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return der(TAG.bitString, Uint8Array.of(last === -1 ? 0 : 7 - (last & 7)), bytes);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
    bytes.push(...digits);
  }
  return der(TAG.oid, Uint8Array.from(bytes));
}

/** Text in a tag whose alphabet the caller has checked; ASCII in all that is written here. */
export function text(tag: number, value: string): Uint8Array {
  return der(tag, Buffer.from(value, 'latin1'));
}

/** RFC 5280 §4.1.2.5: UTCTime through the year 2049, GeneralizedTime from 2050. Milliseconds are cut off. */
export function time(ms: number): Uint8Array {
  const iso = new Date(ms).toISOString();
  const year = Number(iso.slice(0, 4));
  const rest = `${iso.slice(5, 7)}${iso.slice(8, 10)}${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
  if (year >= 1950 && year < 2050) return text(TAG.utcTime, iso.slice(2, 4) + rest);
  return text(TAG.generalizedTime, iso.slice(0, 4) + rest);
}

export const TRUE: Uint8Array = der(TAG.boolean, Uint8Array.of(0xff));
