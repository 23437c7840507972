/**
 * What built-ins take of `node:crypto`. Not imported but asked for, so that a browser can load them all: where there is no
 * Node, those that need it are errors (`needsNodeCrypto`), and nothing here is ever called.
 */
import type nodeCrypto from 'node:crypto';

import { BuiltinError, type Builtin } from './builtin.ts';

type Crypto = typeof nodeCrypto;
export type { JsonWebKey, KeyObject } from 'node:crypto';

const runtime: { readonly process?: Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> } = globalThis;
const found: Crypto | undefined = runtime.process?.getBuiltinModule?.('node:crypto');
const crypto: Crypto = found ?? ({} as Crypto);

export const createHash: Crypto['createHash'] = crypto.createHash;
export const createHmac: Crypto['createHmac'] = crypto.createHmac;
export const createPrivateKey: Crypto['createPrivateKey'] = crypto.createPrivateKey;
export const createPublicKey: Crypto['createPublicKey'] = crypto.createPublicKey;
export const constants: Crypto['constants'] = crypto.constants;
export const sign: Crypto['sign'] = crypto.sign;
export const timingSafeEqual: Crypto['timingSafeEqual'] = crypto.timingSafeEqual;
export const verify: Crypto['verify'] = crypto.verify;
export const X509Certificate: Crypto['X509Certificate'] = crypto.X509Certificate;

/** The same built-ins where there is Node; elsewhere each call of one is an error that says so, except those that are named. */
export function needsNodeCrypto(builtins: readonly Builtin[], others: readonly string[] = []): readonly Builtin[] {
  if (found !== undefined) return builtins;
  const call = (): BuiltinError => new BuiltinError('needs the cryptography of Node, which is not here');
  return builtins.map((builtin) => (others.includes(builtin.name) ? builtin : { ...builtin, call }));
}
