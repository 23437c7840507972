/** The fewest CIDR blocks that hold the same addresses as the given ones. */
import { maskWords, type IpBlock } from './net-address.ts';

/** From and to are inclusive; `block` is what a range was, until it was joined with another. */
type AddressRange = { readonly from: bigint; readonly to: bigint; readonly block?: IpBlock };

const FIRST_IPV4 = 0xffff_0000_0000n;

/** A block that was joined with none stays as it is, bits beyond its prefix included. */
export function mergeBlocks(blocks: readonly IpBlock[]): readonly IpBlock[] {
  const ranges = blocks.map(rangeOf).sort((a, b) => order(a.to, b.to) || order(a.from, b.from));
  const merged: AddressRange[] = [];
  for (let index = ranges.length - 1; index >= 0; index -= 1) {
    const range = ranges[index] as AddressRange;
    const last = merged.at(-1);
    if (last === undefined || before(last.from) > range.to) merged.push(range);
    else merged[merged.length - 1] = { from: last.from < range.from ? last.from : range.from, to: last.to };
  }
  return merged.flatMap(({ from, to, block }) => (block === undefined ? blocksOf(from, to) : [block]));
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Nothing comes before the first address of a family. */
function before(address: bigint): bigint {
  return address === 0n || address === FIRST_IPV4 ? address : address - 1n;
}

function rangeOf(block: IpBlock): AddressRange {
  const from = integerOf(maskWords(block.words, block.prefix));
  return { from, to: from + (1n << BigInt(128 - block.prefix)) - 1n, block };
}

function integerOf(words: IpBlock['words']): bigint {
  return words.reduce((integer, word) => (integer << 32n) | BigInt(word), 0n);
}

/** From the front, always the largest block that starts there and ends in the range. */
function blocksOf(from: bigint, to: bigint): readonly IpBlock[] {
  const blocks: IpBlock[] = [];
  for (let start = from; start <= to;) {
    let bits = 0n;
    while (bits < 128n && (start & (1n << bits)) === 0n && start + (2n << bits) - 1n <= to) bits += 1n;
    blocks.push({ words: wordsOf(start), prefix: 128 - Number(bits) });
    start += 1n << bits;
  }
  return blocks;
}

function wordsOf(integer: bigint): IpBlock['words'] {
  const word = (shift: bigint): number => Number(BigInt.asUintN(32, integer >> shift));
  return [word(96n), word(64n), word(32n), word(0n)];
}
