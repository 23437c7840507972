/** Base 64 of RFC 4648, read as Go reads it: line ends are passed over, and what is left of the last bits is dropped. */

export type Base64Alphabet = 'standard' | 'url';

const COMMON = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const ALPHABETS: Readonly<Record<Base64Alphabet, string>> = { standard: `${COMMON}+/`, url: `${COMMON}-_` };

const NONE = 255;

function digitsOf(alphabet: string): Uint8Array {
  const digits = new Uint8Array(128).fill(NONE);
  for (let digit = 0; digit < alphabet.length; digit += 1) digits[alphabet.charCodeAt(digit)] = digit;
  return digits;
}

const DIGITS: Readonly<Record<Base64Alphabet, Uint8Array>> = {
  standard: digitsOf(ALPHABETS.standard),
  url: digitsOf(ALPHABETS.url),
};

const PAD = 0x3d;

function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d;
}

/** The bytes, or what is wrong in the words of Go. Padding is demanded, unless `padded` is false. */
export function decodeBase64(text: string, alphabet: Base64Alphabet, padded: boolean = true): Uint8Array | string {
  const digits = DIGITS[alphabet];
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let [length, group, count, index] = [0, 0, 0, 0];
  for (; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const digit = unit < 128 ? (digits[unit] as number) : NONE;
    if (digit === NONE) {
      if (isLineEnd(unit)) continue;
      if (unit === PAD && padded) break;
      return illegal(index);
    }
    group = (group << 6) | digit;
    count += 1;
    if (count < 4) continue;
    bytes[length] = group >> 16;
    bytes[length + 1] = group >> 8;
    bytes[length + 2] = group;
    length += 3;
    count = 0;
    group = 0;
  }
  const problem = index === text.length ? problemOfEnd(text, count, padded) : problemOfPadding(text, index, count);
  if (problem !== undefined) return problem;
  if (count > 1) bytes[length++] = group >> (count === 2 ? 4 : 10);
  if (count > 2) bytes[length++] = group >> 2;
  return bytes.subarray(0, length);
}

function illegal(at: number): string {
  return `illegal base64 data at input byte ${at}`;
}

function problemOfEnd(text: string, count: number, padded: boolean): string | undefined {
  return count === 1 || (padded && count > 0) ? illegal(text.length - count) : undefined;
}

function problemOfPadding(text: string, at: number, count: number): string | undefined {
  if (count < 2) return illegal(at);
  const skip = (from: number): number => {
    let index = from;
    while (isLineEnd(text.charCodeAt(index))) index += 1;
    return index;
  };
  let index = skip(at + 1);
  if (count === 2) {
    if (index === text.length) return illegal(index);
    if (text.charCodeAt(index) !== PAD) return illegal(index - 1);
    index = skip(index + 1);
  }
  return index < text.length ? illegal(index) : undefined;
}

/** Of base64url with its padding or without (RFC 7515 appendix C). */
export function decodeBase64Url(text: string): Uint8Array | string {
  if (text.endsWith('=')) return decodeBase64(text, 'url');
  if (text.length % 4 === 1) return `illegal base64url string: ${text}`;
  return decodeBase64(text + '='.repeat((4 - (text.length % 4)) % 4), 'url');
}

export function encodeBase64(bytes: Uint8Array, alphabet: Base64Alphabet, padded: boolean = true): string {
  const letters = ALPHABETS[alphabet];
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += letters.charAt(group >> 18) + letters.charAt((group >> 12) & 63);
    if (index + 1 < bytes.length) text += letters.charAt((group >> 6) & 63);
    if (index + 2 < bytes.length) text += letters.charAt(group & 63);
  }
  return padded ? text + '='.repeat((4 - (text.length % 4)) % 4) : text;
}
