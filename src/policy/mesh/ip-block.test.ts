import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';

import { matchIpBlocks, parseIp, parseIpBlock } from './ip-block.ts';

function within(block: string, address: string): boolean {
  const parsed = parseIpBlock(block);
  assert.ok(parsed !== undefined, block);
  return matchIpBlocks([parsed])(address);
}

test('an address lies in a block when the bits of the prefix agree', () => {
  assert.ok(within('10.0.0.0/8', '10.255.0.1'));
  assert.ok(!within('10.0.0.0/8', '11.0.0.1'));
  assert.ok(within('10.1.2.3', '10.1.2.3'));
  assert.ok(!within('10.1.2.3', '10.1.2.4'));
  assert.ok(within('10.1.2.3/16', '10.1.9.9'), 'bits behind the prefix do not count');
  assert.ok(within('0.0.0.0/0', '255.255.255.255'));
  assert.ok(within('2001:db8::/33', '2001:db8:7fff::1'));
  assert.ok(!within('2001:db8::/33', '2001:db8:8000::1'));
});

test('an IPv4-mapped address is the IPv4 address in it', () => {
  assert.ok(within('10.0.0.0/8', '::ffff:10.1.1.1'));
  assert.ok(within('10.0.0.0/8', '::ffff:a01:101'));
  assert.ok(within('::ffff:10.0.0.0/104', '10.1.1.1'));
  assert.ok(!within('::/0', '::ffff:10.1.1.1'), 'and no IPv6 address beside that');
});

test('a zone of the caller is not looked at, and a zone in a policy is refused', () => {
  assert.ok(within('fe80::/10', 'fe80::1%eth0'));
  assert.equal(parseIpBlock('fe80::1%eth0'), undefined);
});

test('what is no block is refused', () => {
  for (const text of [
    '',
    '10',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/-1',
    '::1/129',
    'a.b',
    ':',
    ':::',
    '1::2::3',
  ]) {
    assert.equal(parseIpBlock(text), undefined, text);
  }
});

test('addresses are read as Node reads them', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const v6 = fc.array(fc.oneof(group, fc.constantFrom('', '0', '00000', 'g', '1.2.3.4')), { maxLength: 10 });
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    v6.map((groups) => groups.join(':')),
    fc.string({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (text.includes('%')) return;
      const version = parseIp(text, new Uint32Array(4));
      assert.equal(version !== 0, isIPv4(text) || isIPv6(text), text);
    }),
    { numRuns: 5000 },
  );
});

test('blocks hold what the block list of Node holds', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4());
  fc.assert(
    fc.property(v4, ([network, bits, address]) => {
      const list = new BlockList();
      list.addSubnet(network, bits);
      assert.equal(within(`${network}/${bits}`, address), list.check(address));
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), (network, bits, address) => {
      const mapped = (text: string): boolean => parseIp(text, new Uint32Array(4)) === 4;
      if (mapped(network) || mapped(address)) return;
      const list = new BlockList();
      list.addSubnet(network, bits, 'ipv6');
      assert.equal(within(`${network}/${bits}`, address), list.check(address, 'ipv6'));
    }),
  );
});
