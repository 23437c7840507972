/** Addresses that are not of the public internet: what a request should not be led to by a name. */
import { containsBlock, type IpBlock, parseCidr } from '../builtins/net-address.ts';

/** The special-purpose registries of IANA (RFC 6890), multicast, and prefixes that stand for IPv4 addresses. */
const SPECIAL: readonly IpBlock[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
].map((block) => parseCidr(block) as IpBlock);

const LOOPBACK: readonly IpBlock[] = ['127.0.0.0/8', '::1/128'].map((block) => parseCidr(block) as IpBlock);

export function isPublic(address: IpBlock): boolean {
  return !SPECIAL.some((block) => containsBlock(block, address));
}

export function isLoopback(address: IpBlock): boolean {
  return LOOPBACK.some((block) => containsBlock(block, address));
}
