/** The ledger's signing key in a file that only its owner reads, with the verifier key for auditors beside it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { err, ok, type Result } from '../kernel/result.ts';
import { checkKeyName, type CheckpointSigner, toVerifierKey, type VerifierKey } from './note-key.ts';
import { toProblem } from './problems.ts';

/** A line `name: …`, then the key as PKCS #8 in PEM; text before the first boundary is a comment to PEM readers. */
const PRIVATE_FILE = 'signer.key';
export const VERIFIER_FILE = 'signer.vkey';

/**
 * Makes a key in the directory, once: with one there already it is `ledger/signer-exists`. The origin names the
 * ledger in its checkpoints.
 *
 * The key appears under its name whole or not at all, and of two that make one at once a single one wins. After a
 * crash before the verifier key is written, `openFileSigner` writes it.
 */
export async function createFileSigner(directory: string, origin: string): Promise<Result<CheckpointSigner>> {
  const name = checkKeyName(origin);
  if (!name.ok) return name;
  const { privateKey } = generateKeyPairSync('ed25519');
  const path = join(directory, PRIVATE_FILE);
  const fresh = `${path}.${randomUUID()}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeDurably(fresh, `name: ${origin}\n${String(privateKey.export({ format: 'pem', type: 'pkcs8' }))}`, 0o600);
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toProblem('make its signing key', error);
    return err({
      code: 'ledger/signer-exists',
      message: `\`${path}\` is there already, and a key is made once`,
      hint: 'open it instead',
    });
  } finally {
    await rm(fresh, { force: true });
  }
  return await openFileSigner(directory);
}

/** `ledger/no-signer` when there is none yet; `ledger/bad-signer` when the files are not what was written. */
export async function openFileSigner(directory: string): Promise<Result<CheckpointSigner>> {
  const path = join(directory, PRIVATE_FILE);
  try {
    const { mode } = await stat(path);
    if (mode % 0o100 !== 0) return bad(path, 'others than its owner may read it', `run \`chmod 600 ${path}\``);
    const key = parseKeyFile(await readFile(path, 'utf8'));
    if (key === undefined) return bad(path, 'it does not hold a name and an Ed25519 key', 'restore it from a backup');
    const verifierKey = toVerifierKey(key.name, createPublicKey(key.privateKey));
    if (!(await publish(directory, verifierKey))) {
      return bad(path, `it is not the key of \`${VERIFIER_FILE}\``, 'restore both from one backup');
    }
    return ok({ verifierKey, sign: (text) => sign(null, text, key.privateKey) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toProblem('read its signing key', error);
    return err({
      code: 'ledger/no-signer',
      message: `there is no signing key in \`${directory}\``,
      hint: 'one is made when a ledger is started',
    });
  }
}

/** The key of the directory, made when there is none: what a server does at its start. */
export async function openOrCreateFileSigner(directory: string, origin: string): Promise<Result<CheckpointSigner>> {
  const opened = await openFileSigner(directory);
  if (opened.ok || opened.problem.code !== 'ledger/no-signer') return opened;
  return await createFileSigner(directory, origin);
}

function parseKeyFile(text: string): { readonly name: string; readonly privateKey: KeyObject } | undefined {
  const [, name = ''] = /^name: (.+)\n/u.exec(text) ?? [];
  if (!checkKeyName(name).ok) return undefined;
  try {
    const privateKey = createPrivateKey(text);
    return privateKey.asymmetricKeyType === 'ed25519' ? { name, privateKey } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the verifier key where there is none; false when another one is there. */
async function publish(directory: string, key: VerifierKey): Promise<boolean> {
  const path = join(directory, VERIFIER_FILE);
  try {
    return (await readFile(path, 'utf8')).trim() === key.text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const fresh = `${path}.${randomUUID()}`;
  await writeDurably(fresh, `${key.text}\n`, 0o644);
  await rename(fresh, path);
  return true;
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function bad(path: string, what: string, hint: string): Result<never> {
  return err({ code: 'ledger/bad-signer', message: `the signing key \`${path}\` cannot be used: ${what}`, hint });
}
