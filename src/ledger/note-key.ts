/** Keys of signed notes: the verifier key as auditors exchange it, and the id that a signature line carries. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

import { err, ok, type Result } from '../kernel/result.ts';
import { MAX_ORIGIN_BYTES } from './limits.ts';

/** C2SP signed-note, signature types: Ed25519 over the note text. */
const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;

/** Of the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4), before its 32 bytes. */
const SPKI_PREFIX: Uint8Array = Buffer.from('302a300506032b6570032100', 'hex');

export type VerifierKey = {
  readonly name: string;
  /** 4 bytes in hex: which key of that name, not a proof of anything. */
  readonly id: string;
  readonly publicKey: KeyObject;
  /** `name+id+base64(0x01 || public key)`: what an auditor keeps. */
  readonly text: string;
};

/** What a checkpoint is signed with; the private key may live elsewhere, in a file or a key service. */
export type CheckpointSigner = {
  readonly verifierKey: VerifierKey;
  /** Ed25519 (RFC 8032) over the text: 64 bytes. */
  readonly sign: (text: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** Key names hold no spaces and no plus (C2SP signed-note, format), and here no control characters either. */
export function checkKeyName(name: string): Result<string> {
  const good = name !== '' && Buffer.byteLength(name) <= MAX_ORIGIN_BYTES && !/[\s+\p{Cc}\p{Cs}]/u.test(name);
  if (good) return ok(name);
  const message = `\`${name.slice(0, MAX_ORIGIN_BYTES)}\` cannot name a ledger and its key`;
  return err({ code: 'ledger/bad-origin', message, hint: 'use a host name and a path, like `example.org/ledger`' });
}

/** @throws RangeError for a key that is not Ed25519: a bug of the caller. */
export function toVerifierKey(name: string, publicKey: KeyObject): VerifierKey {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new RangeError('a ledger key is an Ed25519 key');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  const typed = Buffer.concat([Uint8Array.of(ED25519), raw]);
  const id = createHash('sha256')
    .update(`${name}\n`)
    .update(typed)
    .digest('hex')
    .slice(0, 2 * KEY_ID_BYTES);
  return { name, id, publicKey, text: `${name}+${id}+${typed.toString('base64')}` };
}

/** A line `name+id+base64`; the id must be the one that name and key give. */
export function parseVerifierKey(text: string): Result<VerifierKey> {
  const [, name = '', , base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const named = checkKeyName(name);
  if (named.ok && bytes.length === 1 + PUBLIC_KEY_BYTES && bytes[0] === ED25519) {
    const spki = Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]);
    const key = toVerifierKey(name, createPublicKey({ key: spki, format: 'der', type: 'spki' }));
    if (key.text === text.trim()) return ok(key);
  }
  const message = `\`${text.slice(0, 2 * MAX_ORIGIN_BYTES)}\` is not a verifier key of Ed25519`;
  return err({
    code: 'ledger/bad-verifier-key',
    message,
    hint: 'it is the one line in the `.vkey` file of the ledger',
  });
}
