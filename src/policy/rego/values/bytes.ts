/**
 * Strings as the bytes that Go has in them. A byte that is no UTF-8 becomes the lone surrogate U+DC80 to U+DCFF, so that
 * what was decoded can be encoded, hashed or signed again; printed, it is U+FFFD as in OPA.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point >= 0xdc80 && point <= 0xdcff) bytes.push(point - 0xdc00);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

export function textOfBytes(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes('\ufffd') ? decodeSequences(bytes) : text;
}

function decodeSequences(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : decoder.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** Of the UTF-8 sequence that begins there; 0: none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (at + length > bytes.length) return 0;
  const text = decoder.decode(bytes.subarray(at, at + length));
  const isOne = length === 4 ? (text.codePointAt(0) ?? 0) > 0xffff : text.length === 1;
  const isReplacement = first === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
  return isOne && (text !== '\ufffd' || isReplacement) ? length : 0;
}
