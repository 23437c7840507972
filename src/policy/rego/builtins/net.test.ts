/** CIDR functions, with results that OPA gave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { formatAddress, formatBlock, parseCidr, parseIp } from './net-address.ts';
import { NET_BUILTINS } from './net.ts';

function call(name: string, ...args: readonly RegoValue[]): string {
  return textOfCall(NET_BUILTINS, `net.${name}`, args);
}

test('a block holds the addresses and blocks of its own family that its prefix covers', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['10.0.0.0/8', '10.255.0.1', 'true'],
    ['10.0.0.0/8', '10.1.0.0/16', 'true'],
    ['10.1.0.0/16', '10.0.0.0/8', 'false'],
    ['0.0.0.0/0', '::1', 'false'],
    ['::/0', '1.2.3.4', 'false'],
    ['::ffff:1.2.3.0/120', '1.2.3.4', 'true'],
    ['::/80', '::/80', 'true'],
    ['10.0.0.0', '10.0.0.1', 'eval_builtin_error: invalid CIDR address: 10.0.0.0'],
  ];
  for (const [block, other, wanted] of cases) assert.equal(call('cidr_contains', block, other), wanted, block);
  const wanted = 'not a valid textual representation of an IP address or CIDR: 10.0.0';
  assert.equal(call('cidr_contains', '10.0.0.0/8', '10.0.0'), `eval_builtin_error: ${wanted}`);
  assert.equal(call('cidr_contains', 1, '::'), 'eval_type_error: operand 1 must be string but got number');
});

test('what is no address in Go is none here', () => {
  const wrong = ['01.2.3.4', '1.2.3', '1.2.3.256', '1.2.3.4.5', '1:2', ':1', '1::2::3', 'fe80::1%eth0', '12345::', ''];
  for (const text of wrong) assert.equal(parseIp(text), undefined, text);
  for (const text of ['1.2.3.4', '1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/+8']) {
    assert.equal(call('cidr_is_valid', text), 'false', text);
  }
});

test('matches are named by strings, indexes, keys and elements', () => {
  const blocks = ['10.0.0.0/8', '1.1.0.0/16'];
  assert.equal(call('cidr_contains_matches', blocks, { a: ['1.1.1.1', 'x'], b: '9.9.9.9' }), '{[1, "a"]}');
  const wanted = 'eval_builtin_error: operand 2: element must be string or non-empty array';
  assert.equal(call('cidr_contains_matches', blocks, [[]]), wanted);
});

test('blocks are merged into the fewest, and those that touch none stay as they were written', () => {
  assert.equal(call('cidr_merge', ['192.0.128.0/24', '192.0.129.0/24']), '{"192.0.128.0/23"}');
  assert.equal(call('cidr_merge', ['192.0.2.112', '192.0.2.116/31']), '{"192.0.2.0/24"}');
  assert.equal(
    call('cidr_merge', ['10.1.1.1', '2601:600:8a80:207e::/64']),
    '{"10.1.1.1/8", "2601:600:8a80:207e::/64"}',
  );
  assert.equal(call('cidr_merge', ['::1']), 'eval_builtin_error: IPv6 invalid: needs prefix length');
});

test('a block is expanded into its addresses, unless it has too many', () => {
  assert.equal(call('cidr_expand', '255.255.255.254/31'), '{"255.255.255.254", "255.255.255.255"}');
  assert.equal(call('cidr_expand', '::fffe/127'), '{"::fffe", "::ffff"}');
  assert.match(call('cidr_expand', '::/64'), /^eval_builtin_error: `::\/64` has 18446744073709552000 addresses/u);
});

test('a name is not looked up, an address is itself', () => {
  assert.equal(call('lookup_ip_addr', '10.0.0.1'), '{"10.0.0.1"}');
  assert.equal(call('lookup_ip_addr', 'localhost'), '{"127.0.0.1", "::1"}');
  assert.equal(
    call('lookup_ip_addr', 'example.com'),
    'eval_builtin_error: disallowed host: example.com (network functions need an asynchronous evaluation whose `network` allows the host)',
  );
});

test('addresses and blocks print back to themselves, and no text is too much', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.%]*$/u)), (text) => {
      const address = parseIp(text);
      if (address === undefined) return;
      assert.deepEqual(parseIp(formatAddress(address.words)), address);
      const block = parseCidr(`${text}/24`);
      assert.ok(block !== undefined);
      assert.deepEqual(parseCidr(formatBlock(block)), block);
    }),
  );
});
