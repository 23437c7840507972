/** Cedar's IP addresses and ranges: an address of version 4 or 6 with the length of its prefix. */
import { extensionJson, type ExtensionJson } from './extension-json.ts';

/** Of the longest form, eight groups of four digits and a prefix of three: longer texts are refused unread. */
const MAX_LENGTH = 43;

const OCTET = '(0|[1-9][0-9]{0,2})';
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`, 'u');
const GROUP = /^[0-9a-fA-F]{1,4}$/u;
const GROUPS = 8;
const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/u;

const IPV4_BITS = 32;
const IPV6_BITS = 128;

export class IpAddress {
  readonly key: string;
  readonly #bits: typeof IPV4_BITS | typeof IPV6_BITS;
  readonly #address: bigint;
  readonly #prefix: number;
  /** First and last address of the range, so that `isInRange` compares and computes nothing. */
  readonly #first: bigint;
  readonly #last: bigint;

  private constructor(bits: typeof IPV4_BITS | typeof IPV6_BITS, address: bigint, prefix: number) {
    const hosts = (1n << BigInt(bits - prefix)) - 1n;
    this.#bits = bits;
    this.#address = address;
    this.#prefix = prefix;
    this.#last = address | hosts;
    this.#first = this.#last - hosts;
    this.key = `ip:${bits}:${address}/${prefix}`;
  }

  /**
   * An address, or one with a prefix: `10.0.0.0/8`, `fe80::/10`. No leading zeros in version 4 and in the prefix, and
   * no version 4 inside version 6 (`::ffff:10.0.0.1`); undefined for anything else.
   */
  static parse(text: string): IpAddress | undefined {
    if (text.length > MAX_LENGTH) return undefined;
    const slash = text.indexOf('/');
    const host = slash === -1 ? text : text.slice(0, slash);
    const bits = host.includes(':') ? IPV6_BITS : IPV4_BITS;
    const address = bits === IPV6_BITS ? parseIpv6(host) : parseIpv4(host);
    const prefix = slash === -1 ? bits : parsePrefix(text.slice(slash + 1), bits);
    return address === undefined || prefix === undefined ? undefined : new IpAddress(bits, address, prefix);
  }

  /** Why `parse` refuses the text. */
  static whyNot(text: string): string {
    if (text.length > MAX_LENGTH) return `an address has at most ${MAX_LENGTH} characters, this has ${text.length}`;
    if (/:.*\./u.test(text)) return 'version 4 inside version 6 is not read: write it as hexadecimal groups';
    if (/^(?:.*\.)?0[0-9]/u.test(text)) return 'numbers of an address have no leading zeros';
    return 'an address is such as `10.1.2.3`, `10.0.0.0/8`, `fe80::1` or `fe80::/10`';
  }

  isIpv4(): boolean {
    return this.#bits === IPV4_BITS;
  }

  isIpv6(): boolean {
    return this.#bits === IPV6_BITS;
  }

  /** Whether all of it lies in 127.0.0.0/8 or is ::1. */
  isLoopback(): boolean {
    if (this.#bits === IPV6_BITS) return this.#address === 1n && this.#prefix === IPV6_BITS;
    return this.#address >> 24n === 127n && this.#prefix >= 8;
  }

  /** Whether all of it lies in 224.0.0.0/4 or ff00::/8. */
  isMulticast(): boolean {
    if (this.#bits === IPV6_BITS) return this.#address >> 120n === 0xffn && this.#prefix >= 8;
    return this.#address >> 28n === 0xen && this.#prefix >= 4;
  }

  /** Whether all of it lies in the range; never between versions. */
  isInRange(range: IpAddress): boolean {
    return this.#bits === range.#bits && range.#first <= this.#first && this.#last <= range.#last;
  }

  #text(): string {
    const host = this.#bits === IPV6_BITS ? formatIpv6(this.#address) : formatIpv4(this.#address);
    return this.#prefix === this.#bits ? host : `${host}/${this.#prefix}`;
  }

  /** As it is written in a policy: `ip("10.0.0.0/8")`. */
  toString(): string {
    return `ip("${this.#text()}")`;
  }

  toJson(): ExtensionJson {
    return extensionJson('ip', this.#text());
  }
}

function parsePrefix(text: string, bits: number): number | undefined {
  return PREFIX.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

function parseIpv4(text: string): bigint | undefined {
  const octets = IPV4.exec(text)?.slice(1).map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255)) return undefined;
  return BigInt(octets.reduce((address, octet) => address * 256 + octet, 0));
}

/** `::` stands for one group of zeros or more. */
function parseIpv6(text: string): bigint | undefined {
  const gap = text.indexOf('::');
  const head = splitGroups(gap === -1 ? text : text.slice(0, gap));
  const tail = gap === -1 ? [] : splitGroups(text.slice(gap + 2));
  const zeros = GROUPS - head.length - tail.length;
  if (gap === -1 ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  if (!groups.every((group) => GROUP.test(group))) return undefined;
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}

function splitGroups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function formatIpv4(address: bigint): string {
  const number = Number(address);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** RFC 5952 §4: lower case, the longest run of two zero groups or more as `::`, the first of equally long ones. */
function formatIpv6(address: bigint): string {
  const hex = address.toString(16).padStart(GROUPS * 4, '0');
  const groups = Array.from({ length: GROUPS }, (_, index) => parseInt(hex.slice(index * 4, index * 4 + 4), 16));
  let [start, length] = [0, 1];
  for (let index = 0; index < GROUPS; index += 1) {
    let end = index;
    while (groups[end] === 0) end += 1;
    if (end - index > length) [start, length] = [index, end - index];
  }
  const write = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return write(groups);
  return `${write(groups.slice(0, start))}::${write(groups.slice(start + length))}`;
}
