/** Requests signed for AWS, with signatures that OPA made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { AWS_BUILTINS } from './aws.ts';

const TIME = 1_451_311_705_000_000_000n;
const CONFIG = { aws_access_key: 'AK', aws_secret_access_key: 'SK', aws_service: 's3', aws_region: 'us-east-1' };

function sign(request: RegoValue, config: RegoValue = CONFIG, time: RegoValue = TIME): string {
  return textOfCall(AWS_BUILTINS, 'providers.aws.sign_req', [request, config, time]);
}

function signatureOf(request: RegoValue, config?: RegoValue): string {
  return /Signature=(\w{64})/u.exec(sign(request, config))?.[1] ?? '';
}

test('method, path, query, headers and body are signed as they are written', () => {
  const url = 'https://example.com/a%20b/c d?x=1&y=%2f';
  const cases: readonly (readonly [RegoValue, RegoValue, string])[] = [
    [{ method: 'get', url }, CONFIG, '5680342f3815a36c15140550c83048aedfe0d6d16879d78f91397cb6d5ec8aff'],
    [
      { method: 'POST', url, body: { b: [1, '<'], a: 2.5 } },
      CONFIG,
      '11efeb94b7cdb227eddb5a3c88e0f6d0afac9821121a03ae0fc1de156e6bc36f',
    ],
    [
      { method: 'POST', url, raw_body: 'é' },
      { ...CONFIG, disable_payload_signing: true },
      'f9e541e57a545e9377fab824bd139a02032e1a218611192767087636734a59ac',
    ],
    [
      { method: 'GET', url: 'http://u:p@h:81/ä?é#f', headers: { b: 'x', A: 'y', Authorization: 'z', n: 1 } },
      { ...CONFIG, aws_service: 'ec2', aws_session_token: 't' },
      'e7e95feda8743f5ffc54cbf23caef4902465d22d63c57537ce18703aab272346',
    ],
  ];
  for (const [request, config, wanted] of cases) assert.equal(signatureOf(request, config), wanted);
});

test('headers that proxies change are not signed, and all headers stay', () => {
  const headers = { 'User-Agent': 'a', 'X-Own': 'b' };
  const signed = sign({ method: 'get', url: 'http://example.com:80', headers });
  assert.match(signed, /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-own,/u);
  assert.match(signed, /"User-Agent": "a", "X-Own": "b", "host": "example.com:80"/u);
});

test('what is missing or wrong is named', () => {
  const request = { method: 'get', url: 'http://example.com' };
  const cases: readonly (readonly [string, string])[] = [
    [sign({}), 'operand 1 missing required request parameters(s): {"method", "url"}'],
    [sign({ ...request, extra: 1 }), 'operand 1 invalid request parameters(s): {"extra"}'],
    [sign({ method: 1, url: 2 }), 'operand 1 invalid values for required request parameters(s): {"method", "url"}'],
    [
      sign(request, { ...CONFIG, aws_region: 1 }),
      'operand 2 invalid values for required AWS config parameters(s): {"aws_region"}',
    ],
    [
      sign(request, { aws_access_key: 'a', aws_region: 'b' }),
      'operand 2 missing required AWS config parameters(s): {"aws_secret_access_key", "aws_service"}',
    ],
    [sign(request, CONFIG, 0.5), 'operand 3 could not convert time_ns value into a unix timestamp'],
    [
      sign(request, { ...CONFIG, disable_payload_signing: 'x' }),
      "operand 2 invalid value for 'disable_payload_signing' in AWS config",
    ],
  ];
  for (const [came, wanted] of cases) assert.equal(came, `eval_type_error: ${wanted}`);
});
