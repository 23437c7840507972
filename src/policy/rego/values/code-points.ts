/** Strings as Rego sees them: sequences of code points, ordered as their UTF-8 bytes. */

const SURROGATE = /[\ud800-\udfff]/;

/** Whether every UTF-16 unit is a code point of its own. */
export function isFlat(text: string): boolean {
  return !SURROGATE.test(text);
}

export function countCodePoints(text: string): number {
  if (isFlat(text)) return text.length;
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (isPairAt(text, index)) index += 1;
    count += 1;
  }
  return count;
}

/** Whether the two units at `index` make one code point. */
function isPairAt(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return bytesOrder(left) - bytesOrder(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points beyond all others, but UTF-16 puts them before U+E000. */
function bytesOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

const ABOVE = /[\ud800-\uffff]/;

/** In place, by UTF-8 bytes; the engine's own order is the same while nothing lies at or above the surrogates. */
export function sortStrings(texts: string[]): string[] {
  for (const text of texts) if (ABOVE.test(text)) return texts.sort(compareStrings);
  return texts.sort();
}
