/** From offsets in the UTF-8 bytes of a text, in which cedar-wasm counts, to those in UTF-16 units, in which we do. */

/** The function for one text; an offset inside of a character is its beginning, one beyond the text is its end. */
export function utf16Offsets(text: string): (byte: number) => number {
  // Most texts are ASCII, and there is nothing to count.
  if (!NOT_ASCII.test(text)) return (byte) => Math.min(byte, text.length);
  /** The byte at which each UTF-16 unit begins; the second of a pair begins where the first does. */
  const starts = new Uint32Array(text.length + 1);
  let byte = 0;
  for (let unit = 0; unit < text.length; unit += 1) {
    starts[unit] = byte;
    const code = text.charCodeAt(unit);
    if (isHighSurrogate(code) && unit + 1 < text.length) {
      unit += 1;
      starts[unit] = byte;
      byte += 4;
    } else byte += bytesOf(code);
  }
  starts[text.length] = byte;
  return (wanted) => lastAtMost(starts, wanted);
}

const NOT_ASCII = /[^\0-\u{7f}]/u;

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  return code < 0x800 ? 2 : 3;
}

/** The first of the units that begin at the last beginning that is at most `wanted`. */
function lastAtMost(starts: Uint32Array, wanted: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && starts[low - 1] === starts[low]) low -= 1;
  return low;
}
