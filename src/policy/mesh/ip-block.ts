/** IP addresses and CIDR blocks, compared as numbers. */

/** `bits` of `words` count; an IPv4 address is the last word alone, and its block has at most 32 bits. */
export type IpBlock = { readonly version: 4 | 6; readonly words: readonly number[]; readonly bits: number };

const MAPPED_PREFIX = 0xffff;

/**
 * An address, or an address with `/` and the length of its prefix; undefined when it is neither. Bits behind the
 * prefix do not count. IPv4-mapped IPv6 (`::ffff:10.0.0.0/104`) is the IPv4 block in it. Zones are refused: they
 * name an interface of one machine.
 */
export function parseIpBlock(text: string): IpBlock | undefined {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  if (address.includes('%')) return undefined;
  const words = new Uint32Array(4);
  const version = parseIp(address, words);
  if (version === 0) return undefined;
  const mapped = version === 4 && address.includes(':');
  const most = version === 6 || mapped ? 128 : 32;
  let bits = most;
  if (slash !== -1) {
    const length = text.slice(slash + 1);
    if (!/^(?:0|[1-9]\d{0,2})$/u.test(length) || Number(length) > most) return undefined;
    bits = Number(length);
  }
  if (!mapped) return { version, words: [...words], bits };
  // A block wider than all IPv4-mapped addresses is a block of IPv6, and those are never compared with it.
  if (bits < 96) return { version: 6, words: [0, 0, MAPPED_PREFIX, words[3] ?? 0], bits };
  return { version: 4, words: [...words], bits: bits - 96 };
}

/** Compiled: whether an address lies in one of the blocks. An address that cannot be read lies in none. */
export function matchIpBlocks(blocks: readonly IpBlock[]): (address: string) => boolean {
  // Reused from call to call, so that a decision allocates nothing; a call never runs inside another.
  const words = new Uint32Array(4);
  return (address) => {
    const version = parseIp(address, words);
    if (version === 0) return false;
    for (const block of blocks) if (block.version === version && within(words, block)) return true;
    return false;
  };
}

function within(words: Uint32Array, { version, words: prefix, bits }: IpBlock): boolean {
  if (version === 4) return sameBits(words[3] ?? 0, prefix[3] ?? 0, bits);
  for (let index = 0, left = bits; left > 0; index += 1, left -= 32) {
    if (!sameBits(words[index] ?? 0, prefix[index] ?? 0, Math.min(left, 32))) return false;
  }
  return true;
}

function sameBits(a: number, b: number, bits: number): boolean {
  return bits === 0 || (a ^ b) >>> (32 - bits) === 0;
}

/**
 * Reads an address into four words of 32 bits, and says which version it is; 0 when it is none. IPv4 leaves the first
 * three words 0, IPv4-mapped IPv6 is read as IPv4, and a zone (`%eth0`) is not looked at.
 */
export function parseIp(text: string, words: Uint32Array): 0 | 4 | 6 {
  words.fill(0);
  const zone = text.indexOf('%');
  const end = zone === -1 ? text.length : zone;
  if (text.indexOf(':') === -1) {
    const address = zone === -1 ? parseV4(text, 0, end) : -1;
    if (address === -1) return 0;
    words[3] = address;
    return 4;
  }
  if (!parseV6(text, end, words)) return 0;
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== MAPPED_PREFIX) return 6;
  words[2] = 0;
  return 4;
}

/** The number, or -1. Four decimal octets without leading zeros (RFC 6943 §3.1.1 tells why no other form). */
function parseV4(text: string, start: number, end: number): number {
  let address = 0;
  let octets = 0;
  let index = start;
  while (octets < 4) {
    if (octets > 0) {
      if (index >= end || text.charCodeAt(index) !== 46) return -1;
      index += 1;
    }
    const first = index;
    let octet = 0;
    for (; index < end && index - first < 4; index += 1) {
      const digit = text.charCodeAt(index) - 48;
      if (digit < 0 || digit > 9) break;
      octet = octet * 10 + digit;
    }
    const digits = index - first;
    if (digits === 0 || octet > 255 || (digits > 1 && text.charCodeAt(first) === 48)) return -1;
    address = address * 256 + octet;
    octets += 1;
  }
  return index === end ? address : -1;
}

/** RFC 4291 §2.2: eight groups of one to four hex digits, `::` once for two zeros or more, IPv4 at the end. */
function parseV6(text: string, end: number, words: Uint32Array): boolean {
  let groups = 0;
  let gap = -1;
  let index = 0;
  if (text.startsWith('::')) [gap, index] = [0, 2];
  while (index < end) {
    if (groups === 8) return false;
    const first = index;
    let group = 0;
    for (; index < end && index - first < 5; index += 1) {
      const digit = hexDigit(text.charCodeAt(index));
      if (digit === -1) break;
      group = group * 16 + digit;
    }
    if (index < end && text.charCodeAt(index) === 46) {
      const address = groups <= 6 ? parseV4(text, first, end) : -1;
      if (address === -1) return false;
      setGroup(words, groups, address >>> 16);
      setGroup(words, groups + 1, address & 0xffff);
      groups += 2;
      index = end;
      break;
    }
    if (index === first || index - first > 4) return false;
    setGroup(words, groups, group);
    groups += 1;
    if (index === end) break;
    if (text.charCodeAt(index) !== 58) return false;
    index += 1;
    if (text.charCodeAt(index) === 58 && index < end) {
      if (gap !== -1) return false;
      gap = groups;
      index += 1;
    } else if (index === end) return false;
  }
  if (gap === -1) return groups === 8;
  if (groups > 7) return false;
  moveBehindGap(words, gap, groups);
  return true;
}

/** What was read behind `::` belongs to the end of the address. */
function moveBehindGap(words: Uint32Array, gap: number, groups: number): void {
  for (let from = groups - 1, to = 7; from >= gap; from -= 1, to -= 1) {
    const group = ((words[from >> 1] ?? 0) >>> (from % 2 === 0 ? 16 : 0)) & 0xffff;
    setGroup(words, from, 0);
    setGroup(words, to, group);
  }
}

function setGroup(words: Uint32Array, group: number, value: number): void {
  const shift = group % 2 === 0 ? 16 : 0;
  const word = words[group >> 1] ?? 0;
  words[group >> 1] = (word & ~(0xffff << shift)) | (value << shift);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = (code | 32) - 97;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}
