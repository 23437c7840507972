/** Addresses and networks, held against Node's own. */
import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';

import fc from 'fast-check';

import { isInNetwork, parseIpAddress, printIpAddress } from './ip-address.ts';

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((text) => `::ffff:${text}`),
);

test('what Node takes for an address is one, and what it does not is none', () => {
  const almost = fc.oneof(
    address,
    fc.stringMatching(/^[0-9a-fF:.%]{0,24}$/u),
    fc
      .tuple(address, fc.nat({ max: 30 }), fc.constantFrom('', ':', '.', '0', 'g', '%e', '/'))
      .map(([text, at, piece]) => {
        return text.slice(0, at) + piece + text.slice(at + 1);
      }),
  );
  fc.assert(
    fc.property(almost, (text) => {
      // Node takes a zone of ASCII alone.
      if (!/%.*[^\w.-]/u.test(text)) assert.equal(parseIpAddress(text) !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 500 },
  );
});

test('the shortest text of an address is the address', () => {
  fc.assert(
    fc.property(address, (text) => {
      const parsed = parseIpAddress(text);
      assert.ok(parsed !== undefined);
      const printed = printIpAddress(parsed);
      assert.deepEqual(parseIpAddress(printed), parsed);
      if (parsed.bits === 128) assert.equal(printed, new URL(`http://[${printed}]/`).hostname.slice(1, -1));
    }),
    { numRuns: 300 },
  );
});

test('a network has the addresses that Node says it has', () => {
  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat({ max: 32 }), fc.constant('ipv4' as const)),
    fc.tuple(fc.ipV6(), fc.nat({ max: 128 }), fc.constant('ipv6' as const)),
  );
  fc.assert(
    fc.property(
      network,
      fc.nat({ max: 128 }),
      fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      ([text, length, family], keep, noise) => {
        const base = parseIpAddress(text);
        // In IPv6 a mapped address is IPv4 here, and Node's list has its own rules for those.
        if (base === undefined || (family === 'ipv6' && base.bits === 32)) return;
        const shift = BigInt(Math.max(0, base.bits - keep));
        const value = (base.value & ~((1n << shift) - 1n)) | (noise & ((1n << shift) - 1n));
        const inside = { ...base, value };
        if (parseIpAddress(printIpAddress(inside))?.bits !== base.bits) return;
        const list = new BlockList();
        list.addSubnet(text, length, family);
        assert.equal(isInNetwork(inside, `${text}/${length}`), list.check(printIpAddress(inside), family));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is no network is neither in nor out', () => {
  const one = parseIpAddress('10.0.0.1');
  assert.ok(one !== undefined);
  for (const text of [
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '/8',
    'x/8',
    '10.0.0.0/8/8',
    'fe80::1%a/64',
  ]) {
    assert.equal(isInNetwork(one, text), undefined, text);
  }
});
