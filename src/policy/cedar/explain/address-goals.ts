/** What an IP address would have to be. */
import { describeValue } from '../emit/describe-value.ts';
import type { IpAddress } from '../extensions/ip-address.ts';
import { addresses, type Goal } from './goal.ts';

/** The range itself is in the range; all addresses of a version are in no smaller one. */
export function inRange(range: IpAddress, wanted: boolean): Goal {
  const samples = wanted ? [range] : addresses('0.0.0.0/0', '::/0').filter((all) => !all.isInRange(range));
  return { kind: 'sample', phrase: `${wanted ? '' : 'not '}in \`${describeValue(range)}\``, samples: () => samples };
}

/** In words, and addresses that are such and that are not: of documentation (RFC 5737, RFC 3849) where any will do. */
const OF_ADDRESSES = {
  isIpv4: ['being an address of version 4', ['192.0.2.1'], ['2001:db8::1']],
  isIpv6: ['being an address of version 6', ['2001:db8::1'], ['192.0.2.1']],
  isLoopback: ['being a loopback address', ['127.0.0.1', '::1'], ['192.0.2.1', '2001:db8::1']],
  isMulticast: ['being a multicast address', ['224.0.0.1', 'ff02::1'], ['192.0.2.1', '2001:db8::1']],
} as const;

export function ofKind(name: keyof typeof OF_ADDRESSES, wanted: boolean): Goal {
  const [phrase, such, others] = OF_ADDRESSES[name];
  const samples = addresses(...(wanted ? such : others));
  return { kind: 'sample', phrase: wanted ? phrase : `not ${phrase}`, samples: () => samples };
}
