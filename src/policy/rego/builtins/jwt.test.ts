/** JSON Web Tokens: signed and verified by every algorithm, and held to constraints as OPA holds them. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import fc from 'fast-check';

import { callBuiltin, textOfCall } from '../testing/call-builtin.ts';
import type { RegoValue } from '../values/value.ts';
import { JWT_BUILTINS } from './jwt.ts';

type Pair = { readonly secret: RegoValue; readonly jwk: string; readonly pem: string };

function pairOf(keys: ReturnType<typeof generateKeyPairSync>): Pair {
  return {
    secret: keys.privateKey.export({ format: 'jwk' }) as RegoValue,
    jwk: JSON.stringify(keys.publicKey.export({ format: 'jwk' })),
    pem: keys.publicKey.export({ format: 'pem', type: 'spki' }) as string,
  };
}

const RSA = pairOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const P256 = pairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const P384 = pairOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
const P521 = pairOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }));
const ED25519 = pairOf(generateKeyPairSync('ed25519'));

const PAIRS: Readonly<Record<string, Pair>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  ES256: P256,
  ES384: P384,
  ES512: P521,
  EdDSA: ED25519,
};

function call(name: string, ...args: readonly RegoValue[]): string {
  return textOfCall(JWT_BUILTINS, `io.jwt.${name}`, args);
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function token(header: unknown, payload: unknown): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', 'key').update(text).digest('base64url')}`;
}

const HS256 = { alg: 'HS256' };
const UNVERIFIED = '[false, {}, {}]';

test('what an algorithm signs, it alone verifies, with the key of the signer alone', () => {
  for (const [alg, pair] of Object.entries(PAIRS)) {
    const signed = callBuiltin(JWT_BUILTINS, 'io.jwt.encode_sign', [{ alg, typ: 'JWT' }, { sub: 'a' }, pair.secret]);
    assert.ok(typeof signed === 'string', alg);
    const verify = `verify_${alg.toLowerCase()}`;
    for (const key of [pair.jwk, pair.pem, `{"keys":[${P256.jwk},${pair.jwk}]}`]) {
      assert.equal(call(verify, signed, key), 'true', alg);
      assert.match(call('decode_verify', signed, { cert: key }), /^\[true, \{"alg"/u, alg);
    }
    assert.equal(call(verify, signed, JSON.stringify(pair.secret)), 'false', 'a private key verifies nothing');
    const other = pair === RSA ? P256 : RSA;
    assert.equal(call(verify, signed, other.pem), 'false', alg);
    const [header = '', , signature = ''] = signed.split('.');
    assert.equal(call(verify, `${header}.${encode({ sub: 'b' })}.${signature}`, pair.pem), 'false', alg);
    for (const wrong of Object.keys(PAIRS)) {
      if (wrong === alg) continue;
      assert.equal(call(`verify_${wrong.toLowerCase()}`, signed, pair.pem), 'false', `${alg} as ${wrong}`);
    }
  }
});

test('a public key is no secret, and no signature is none', () => {
  const signedWithPem = (alg: string): string => {
    const text = `${encode({ alg })}.${encode({})}`;
    return `${text}.${createHmac('sha256', RSA.pem).update(text).digest('base64url')}`;
  };
  assert.equal(call('decode_verify', signedWithPem('HS256'), { cert: RSA.pem }), UNVERIFIED);
  assert.equal(call('decode_verify', `${encode({ alg: 'none' })}.${encode({})}.`, { cert: RSA.pem }), UNVERIFIED);
  assert.equal(call('decode_verify', `${encode({ alg: 'none' })}.${encode({})}.`, { secret: 'key' }), UNVERIFIED);
});

test('claims are held to what is wanted', () => {
  const seconds = 1_700_000_000;
  const cases: readonly (readonly [RegoValue, { readonly [name: string]: RegoValue }, boolean])[] = [
    [{}, {}, true],
    [{ iss: 'a' }, { iss: 'a' }, true],
    [{ iss: 'a' }, { iss: 'b' }, false],
    [{}, { iss: 'a' }, false],
    [{ aud: 'a' }, {}, false],
    [{ aud: 'a' }, { aud: 'a' }, true],
    [{ aud: ['b', 'a'] }, { aud: 'a' }, true],
    [{}, { aud: 'a' }, false],
    [{ exp: seconds }, {}, false],
    [{ exp: seconds + 0.5 }, {}, true],
    [{ nbf: seconds }, {}, true],
    [{ nbf: seconds + 0.5 }, {}, false],
    [{ exp: 1, nbf: 0 }, { time: 500_000_000 }, true],
    [{}, { alg: 'HS256' }, true],
    [{}, { alg: 'RS256' }, false],
  ];
  for (const [payload, constraints, holds] of cases) {
    const outcome = call('decode_verify', token(HS256, payload), { secret: 'key', ...constraints });
    assert.equal(outcome.startsWith('[true'), holds, JSON.stringify([payload, constraints]));
    assert.equal(outcome === UNVERIFIED, !holds);
  }
  assert.equal(call('decode_verify', token(HS256, {}), { secret: 'other' }), UNVERIFIED);
});

test('constraints and tokens that make no sense are refused in the words of OPA', () => {
  const cases: readonly (readonly [RegoValue, string])[] = [
    [{}, 'no key constraint'],
    [{ secret: 'a', cert: RSA.pem }, 'duplicate key constraints'],
    [{ secret: 'a', extra: 1 }, 'unknown token validation constraint: extra'],
    [{ secret: 1 }, 'secret constraint: must be a string'],
    [{ secret: 'a', time: -1 }, 'token time constraint: must not be negative'],
    [{ cert: `${RSA.pem}x` }, 'extra data after a PEM certificate block'],
  ];
  for (const [constraints, wanted] of cases) {
    assert.equal(call('decode_verify', token(HS256, {}), constraints), `eval_builtin_error: ${wanted}`);
  }
  const tokens: readonly (readonly [string, string])[] = [
    ['a', 'encoded JWT had no period separators'],
    ['a.b', 'encoded JWT must have 3 sections, found 2'],
    ['!!.e30.AA', 'JWT header had invalid encoding: illegal base64 data at input byte 0'],
    ['e30.e30.A', 'JWT signature had invalid encoding: illegal base64url string: A'],
    [token([], {}), 'bad JWT header: decoded JSON type was not an Object'],
    [token({ enc: 'A128GCM' }, {}), 'JWT is a JWE object, which is not supported'],
  ];
  for (const [text, wanted] of tokens) assert.equal(call('decode', text), `eval_builtin_error: ${wanted}`);
});

test('what a header holds for critical must be understood', () => {
  const verified = (header: RegoValue): string => call('decode_verify', token(header, {}), { secret: 'key' });
  assert.equal(verified({ ...HS256, crit: ['b64'], b64: false }), UNVERIFIED);
  assert.match(verified({ ...HS256, crit: ['b64'] }), /^\[true/u);
  assert.equal(verified({ ...HS256, crit: [] }), 'eval_builtin_error: crit: must be a nonempty list');
});

test('a token within a token is looked into', () => {
  const inner = token(HS256, { inner: true });
  const wanted = /\{"inner": true\}/u;
  assert.match(call('decode', token({ ...HS256, cty: 'JWT' }, `"${inner}"`)), wanted);
  assert.match(call('decode_verify', token({ ...HS256, cty: 'jwt' }, inner), { secret: 'key' }), wanted);
  assert.equal(call('decode_verify', token({ ...HS256, cty: 'jwt' }, `${inner}A`), { secret: 'key' }), UNVERIFIED);
});

test('a signer needs an algorithm, a key for it, and JSON to sign', () => {
  const oct = '{"kty":"oct","k":"AQIDBA"}';
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['', '{}', oct, "missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string"],
    ['{}', '{}', oct, `missing or invalid 'alg' header: jwsbb: header "alg" not found`],
    ['{"alg":"dummy"}', '{}', oct, 'unknown JWS algorithm: dummy'],
    ['{"alg":"HS256"}', 'x', oct, 'type is JWT but payload is not JSON'],
    ['{"alg":"RS256"}', '{}', oct, 'jwsbb.Sign: invalid key type'],
    ['{"alg":"HS256"}', '{}', '{"keys":[]}', 'no keys found in JWK set'],
  ];
  for (const [headers, payload, key, wanted] of cases) {
    const outcome = call('encode_sign_raw', headers, payload, key);
    assert.ok(outcome.startsWith(`eval_builtin_error: ${wanted}`), outcome);
  }
  assert.match(call('encode_sign_raw', '{"typ":"text/plain","alg":"HS256"}', 'x', oct), /^"[\w-]+\.eA\.[\w-]{43}"$/u);
});

test('no text is too much', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.=-]{0,30}$/u), fc.string(), (text, key) => {
      call('decode', text);
      call('verify_rs256', text, key);
      call('decode_verify', text, { cert: key });
    }),
  );
});
