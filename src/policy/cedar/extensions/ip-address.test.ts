import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IpAddress } from './ip-address.ts';

function ip(text: string): IpAddress {
  const address = IpAddress.parse(text);
  assert.ok(address !== undefined, `${text} should be an address`);
  return address;
}

test('an address is read in its only spelling of version 4, and in every spelling of version 6', () => {
  for (const [text, written] of [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255/32', '255.255.255.255'],
    ['10.1.2.3/8', '10.1.2.3/8'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:a00:1', '::ffff:a00:1'],
    ['fe80::/10', 'fe80::/10'],
  ] as const) {
    assert.equal(ip(text).toString(), `ip("${written}")`);
  }
});

test('what Cedar does not read is refused, with a reason', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/+8',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    ' 1.2.3.4',
    '1.2.3.٤',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    '1::2::3',
    '::12345',
    '::g',
    '::1/129',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    '0000:0000:0000:0000:0000:0000:0000:0001/0128',
  ]) {
    assert.equal(IpAddress.parse(text), undefined, text);
    assert.match(IpAddress.whyNot(text), /\w/u);
  }
});

test('a range is loopback or multicast when all of it is', () => {
  assert.ok(ip('127.1.2.3').isLoopback());
  assert.ok(ip('127.0.0.0/8').isLoopback());
  assert.ok(!ip('127.0.0.0/7').isLoopback());
  assert.ok(ip('::1').isLoopback());
  assert.ok(!ip('::1/127').isLoopback());
  assert.ok(!ip('::ffff:7f00:1').isLoopback());
  assert.ok(ip('224.0.0.0/4').isMulticast());
  assert.ok(!ip('224.0.0.0/3').isMulticast());
  assert.ok(!ip('240.0.0.0').isMulticast());
  assert.ok(ip('ff02::1').isMulticast());
  assert.ok(!ip('ff00::/7').isMulticast());
});

test('a range lies in itself and in wider ones, never in one of the other version', () => {
  assert.ok(ip('10.1.2.3').isInRange(ip('10.0.0.0/8')));
  assert.ok(ip('10.1.2.3').isInRange(ip('10.9.9.9/8')));
  assert.ok(!ip('10.0.0.0/8').isInRange(ip('10.0.0.0/9')));
  assert.ok(ip('10.0.0.0/8').isInRange(ip('0.0.0.0/0')));
  assert.ok(!ip('10.0.0.1').isInRange(ip('::/0')));
  assert.ok(ip('2001:db8::1').isInRange(ip('2001:db8::/32')));
  assert.ok(!ip('2001:db9::1').isInRange(ip('2001:db8::/32')));
});

test('equal means the same address with the same prefix, as keys say', () => {
  assert.equal(ip('::1').key, ip('0:0:0:0:0:0:0:1/128').key);
  assert.notEqual(ip('10.0.0.1/8').key, ip('10.0.0.0/8').key);
  assert.notEqual(ip('::').key, ip('0.0.0.0').key);
});

test('what is read is written so that it reads back as the same, and nothing makes the parser throw', () => {
  const nearly = fc.stringMatching(/^[0-9a-fA-F:./]{0,45}$/u);
  fc.assert(
    fc.property(fc.oneof(nearly, fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' })), (text) => {
      const address = IpAddress.parse(text);
      if (address === undefined) return;
      const { __extn: call } = address.toJson();
      assert.ok('arg' in call);
      assert.equal(ip(call.arg).key, address.key);
    }),
  );
});
