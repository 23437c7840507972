/** IP addresses and CIDR blocks as Go's `net` package reads and writes them: an IPv4-mapped address is an IPv4 address. */

/**
 * Four words of 32 bits, IPv4 mapped (`::ffff:0:0/96`); `prefix` counts bits of all 128. Bits of a block beyond its
 * prefix are zero.
 */
export type IpBlock = {
  readonly words: readonly [number, number, number, number];
  readonly prefix: number;
};

type Words = [number, number, number, number];

const MAPPED = 0xffff;
const DOT = 0x2e;
const COLON = 0x3a;

export function isIpv4({ words }: IpBlock): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === MAPPED;
}

/** An address as a block of one; undefined when the text is none. Zones (`fe80::1%eth0`) are none. */
export function parseIp(text: string): IpBlock | undefined {
  const words = parseWords(text, text.length);
  return words === undefined ? undefined : { words, prefix: 128 };
}

/** `address/bits`, with the bits beyond the prefix cleared; undefined when the text is none. */
export function parseCidr(text: string): IpBlock | undefined {
  const slash = text.indexOf('/');
  const words = slash === -1 ? undefined : parseWords(text, slash);
  if (words === undefined) return undefined;
  const bits = parsePrefix(text, slash + 1);
  const short = text.lastIndexOf(':', slash) === -1;
  if (bits > (short ? 32 : 128)) return undefined;
  const prefix = short ? bits + 96 : bits;
  return { words: maskWords(words, prefix), prefix };
}

/** Digits alone, leading zeros included; more than 128 when they are none or too many. */
function parsePrefix(text: string, start: number): number {
  if (start === text.length) return Number.POSITIVE_INFINITY;
  let bits = 0;
  for (let index = start; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return Number.POSITIVE_INFINITY;
    bits = bits * 10 + digit;
  }
  return bits;
}

export function maskWords(words: IpBlock['words'], prefix: number): Words {
  return [
    maskWord(words[0], prefix),
    maskWord(words[1], prefix - 32),
    maskWord(words[2], prefix - 64),
    maskWord(words[3], prefix - 96),
  ];
}

function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

function parseWords(text: string, end: number): Words | undefined {
  const colon = text.indexOf(':');
  if (colon !== -1 && colon < end) return parseIpv6(text, end);
  const address = parseIpv4(text, 0, end);
  return address === -1 ? undefined : [0, 0, MAPPED, address];
}

/** Four decimal numbers without leading zeros; -1 when the text is something else. */
function parseIpv4(text: string, start: number, end: number): number {
  let address = 0;
  let fields = 0;
  let digits = 0;
  let field = 0;
  for (let index = start; index <= end; index += 1) {
    const unit = index === end ? DOT : text.charCodeAt(index);
    if (unit === DOT) {
      if (digits === 0 || fields === 4) return -1;
      address = address * 256 + field;
      fields += 1;
      digits = 0;
      field = 0;
      continue;
    }
    if (unit < 0x30 || unit > 0x39 || (digits > 0 && field === 0)) return -1;
    field = field * 10 + unit - 0x30;
    digits += 1;
    if (field > 255) return -1;
  }
  return fields === 4 ? address : -1;
}

/** Eight groups; `::` stands for one or more of them, the last two may be an IPv4 address. */
function parseIpv6(text: string, end: number): Words | undefined {
  const groups: number[] = [];
  let gap = -1;
  let index = 0;
  if (text.startsWith('::')) {
    gap = 0;
    index = 2;
  }
  while (index < end) {
    if (groups.length === 8) return undefined;
    const start = index;
    let group = 0;
    for (; index < end; index += 1) {
      const digit = hexDigit(text.charCodeAt(index));
      if (digit === -1) break;
      group = group * 16 + digit;
      if (index - start === 4) return undefined;
    }
    if (index === start) return undefined;
    if (index < end && text.charCodeAt(index) === DOT) {
      const address = parseIpv4(text, start, end);
      if (address === -1 || groups.length > 6 || (gap === -1 && groups.length !== 6)) return undefined;
      groups.push(Math.floor(address / 65536), address % 65536);
      index = end;
      break;
    }
    groups.push(group);
    if (index === end) break;
    if (text.charCodeAt(index) !== COLON || index + 1 === end) return undefined;
    index += 1;
    if (text.charCodeAt(index) !== COLON) continue;
    if (gap !== -1) return undefined;
    gap = groups.length;
    index += 1;
  }
  if (gap === -1 ? groups.length !== 8 : groups.length === 8) return undefined;
  if (gap !== -1) groups.splice(gap, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  const word = (at: number): number => (groups[at] ?? 0) * 65536 + (groups[at + 1] ?? 0);
  return [word(0), word(2), word(4), word(6)];
}

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether every address of `b` is one of `a`; blocks of different families hold nothing of each other. */
export function containsBlock(a: IpBlock, b: IpBlock): boolean {
  return a.prefix <= b.prefix && containsFirst(a, b);
}

/** Whether the first address of `b` is one of `a`. */
export function containsFirst(a: IpBlock, b: IpBlock): boolean {
  const [x, y] = [a.words, b.words];
  return (
    maskWord(y[3], a.prefix - 96) === x[3] &&
    maskWord(y[2], a.prefix - 64) === x[2] &&
    maskWord(y[1], a.prefix - 32) === x[1] &&
    maskWord(y[0], a.prefix) === x[0] &&
    isIpv4(a) === isIpv4(b)
  );
}

/** The address of the words: dotted for IPv4, RFC 5952 for IPv6. */
export function formatAddress(words: IpBlock['words']): string {
  if (words[0] === 0 && words[1] === 0 && words[2] === MAPPED) return formatIpv4(words[3]);
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, end } = longestGap(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return start === end ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(end))}`;
}

function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The first of the longest runs of at least two zeros. */
function longestGap(groups: readonly number[]): { readonly start: number; readonly end: number } {
  let [start, end] = [0, 0];
  for (let from = 0; from < groups.length; from += 1) {
    let to = from;
    while (groups[to] === 0) to += 1;
    if (to - from > Math.max(end - start, 1)) [start, end] = [from, to];
    from = Math.max(from, to);
  }
  return { start, end };
}

export function formatBlock(block: IpBlock): string {
  return `${formatAddress(block.words)}/${isIpv4(block) ? block.prefix - 96 : block.prefix}`;
}
