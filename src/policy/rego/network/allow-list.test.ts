/** The list of allowed hosts: how it is written, and what it lets pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allowsAddress, allowsHost, type AllowList, parseAllowList } from './allow-list.ts';

function list(...texts: readonly string[]): AllowList {
  const result = parseAllowList(texts);
  if (!result.ok) assert.fail(result.problem[0]?.message);
  return result.value;
}

test('what is no host is refused, and each entry named', () => {
  const wrong = ['', '*', '*.example.com', 'https://example.com', 'a b', 'example.com/x', 'a..b', 'a:0', 'a:65536'];
  const more = ['[::1', '[example.com]:1', '10.0.0.0/33', 'user@example.com', '::1]:80', `${'a'.repeat(64)}.com`];
  const result = parseAllowList([...wrong, 'example.com', ...more]);
  assert.ok(!result.ok);
  assert.deepEqual(
    result.problem.map(({ code, message }) => `${code}: ${message}`),
    [...wrong, ...more].map((text) => `rego/bad-allowed-host: \`${text}\` is no host that can be allowed`),
  );
});

test('a name is allowed exactly, in any case, with a dot at its end or none', () => {
  const allow = list('API.example.com', 'ports.example.com:8443');
  const peer = (host: string, port = 443): boolean => allowsHost(allow, { host, port });
  assert.ok(peer('api.example.com') && peer('api.EXAMPLE.com.') && peer('api.example.com', 1));
  assert.ok(!peer('example.com') && !peer('x.api.example.com') && !peer('api.example.com.evil.org'));
  assert.ok(peer('ports.example.com', 8443) && !peer('ports.example.com'));
});

test('an address is allowed in whatever form it is written', () => {
  const allow = list('192.0.2.0/24', '[2001:db8::1]:443', '::ffff:10.0.0.1');
  const peer = (host: string, port = 443): boolean => allowsHost(allow, { host, port });
  assert.ok(peer('192.0.2.255') && peer('::ffff:192.0.2.1') && peer('10.0.0.1'));
  assert.ok(peer('2001:db8:0:0:0:0:0:1') && !peer('2001:db8::1', 80));
  assert.ok(!peer('192.0.3.0') && !peer('10.0.0.2'));
});

test('a name leads to public addresses, and to others only where the list has them', () => {
  const name = { host: 'api.example.com', port: 443 };
  const special = ['127.0.0.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '172.31.0.1', '100.64.0.1', '0.0.0.0'];
  const wide = [
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    'ff02::1',
  ];
  for (const address of [...special, ...wide, '224.0.0.1', '255.255.255.255', '::7f00:1', 'fe80::1%eth0', 'x']) {
    assert.ok(!allowsAddress(list('api.example.com'), name, address), address);
  }
  for (const address of ['8.8.8.8', '2606:4700::1111', '172.32.0.1', '::ffff:8.8.8.8']) {
    assert.ok(allowsAddress(list('api.example.com'), name, address), address);
  }
  assert.ok(allowsAddress(list('api.example.com', '10.0.0.0/8'), name, '10.1.2.3'));
  assert.ok(!allowsAddress(list('api.example.com', '10.1.2.3:80'), name, '10.1.2.3'));
  assert.ok(allowsAddress(list('localhost'), { host: 'localhost', port: 80 }, '::1'));
  assert.ok(!allowsAddress(list('localhost'), { host: 'localhost', port: 80 }, '10.0.0.1'));
});
