/** IP addresses and networks as caveats compare them; IPv4 in IPv6 (`::ffff:1.2.3.4`) is IPv4. */

/** `bits` is 32 or 128; the value is the address as one number. */
export type IpAddress = { readonly bits: 32 | 128; readonly value: bigint; readonly zone: string };

const MAPPED_PREFIX = 0xffffn;

/** Undefined when it is none: leading zeros, ports and networks are not. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const address = parseExact(text);
  if (address?.bits === 128 && address.zone === '' && address.value >> 32n === MAPPED_PREFIX) {
    return { bits: 32, value: address.value & 0xffff_ffffn, zone: '' };
  }
  return address;
}

/** Whether the address lies in the network; undefined when the network is none. A zone belongs to no network. */
export function isInNetwork(address: IpAddress, cidr: string): boolean | undefined {
  const [, prefix = '', length = ''] = /^(?<prefix>[^/]*)\/(?<length>0|[1-9]\d{0,2})$/u.exec(cidr) ?? [];
  const network = parseExact(prefix);
  if (network === undefined || network.zone !== '') return undefined;
  const size = Number(length);
  if (size > network.bits) return undefined;
  if (address.bits !== network.bits || address.zone !== '') return false;
  const shift = BigInt(network.bits - size);
  return address.value >> shift === network.value >> shift;
}

/** The shortest form: equal addresses have equal texts. */
export function printIpAddress({ bits, value, zone }: IpAddress): string {
  const width = bits === 32 ? 8n : 16n;
  const count = bits === 32 ? 4 : 8;
  const parts = Array.from(
    { length: count },
    (_, index) => (value >> (width * BigInt(count - 1 - index))) & ((1n << width) - 1n),
  );
  if (bits === 32) return parts.join('.');
  const text = parts.map((part) => part.toString(16)).join(':');
  const zeros = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/gu)].toSorted(
    (a, b) => b[0].length - a[0].length,
  )[0];
  const short =
    zeros === undefined
      ? text
      : `${text.slice(0, zeros.index).replace(/:$/u, '')}::${text.slice(zeros.index + zeros[0].length).replace(/^:/u, '')}`;
  return zone === '' ? short : `${short}%${zone}`;
}

function parseExact(text: string): IpAddress | undefined {
  if (text.length > 100) return undefined;
  if (!text.includes(':')) {
    const value = parseFour(text);
    return value === undefined ? undefined : { bits: 32, value, zone: '' };
  }
  const [body = '', ...zones] = text.split('%');
  const zone = zones.join('%');
  if (zones.length > 0 && zone === '') return undefined;
  const halves = body.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [groupsOf(halves[0] ?? '', halves.length === 1), groupsOf(halves[1] ?? '', true)];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | group, 0n), zone };
}

/** The groups of one side of `::`; the last two may be written as IPv4. */
function groupsOf(text: string, last: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const four = parseFour(part);
      if (four === undefined) return undefined;
      groups.push(four >> 16n, four & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/u.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/u.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}
