/** `crypto.*` without certificates and keys: digests and HMACs in lower case hex. Uses node:crypto. */
import type { Builtin } from './builtin.ts';
import { createHash, createHmac, timingSafeEqual } from './node-crypto.ts';
import { operandTypeError } from './operand-error.ts';

function digest(name: string): Builtin {
  return {
    name: `crypto.${name}`,
    parameters: ['string'],
    result: 'string',
    call: (_, a) =>
      typeof a === 'string' ? createHash(name).update(a).digest('hex') : operandTypeError(1, a, 'string'),
  };
}

function hmac(name: string): Builtin {
  return {
    name: `crypto.hmac.${name}`,
    parameters: ['string', 'string'],
    result: 'string',
    call: (_, message, key) => {
      if (typeof message !== 'string') return operandTypeError(1, message, 'string');
      if (typeof key !== 'string') return operandTypeError(2, key, 'string');
      return createHmac(name, key).update(message).digest('hex');
    },
  };
}

/** Takes as long for strings that differ as for those that do not. */
function equalMacs(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export const CRYPTO_BUILTINS: readonly Builtin[] = [
  digest('md5'),
  digest('sha1'),
  digest('sha256'),
  hmac('md5'),
  hmac('sha1'),
  hmac('sha256'),
  hmac('sha512'),
  {
    name: 'crypto.hmac.equal',
    parameters: ['string', 'string'],
    result: 'boolean',
    call: (_, a, b) => {
      if (typeof a !== 'string') return operandTypeError(1, a, 'string');
      return typeof b === 'string' ? equalMacs(a, b) : operandTypeError(2, b, 'string');
    },
  },
];
