/** Text with a signature below it, that a person can read and any tool can check (C2SP signed-note). */
import { verify } from 'node:crypto';

import { err, ok, type Result } from '../kernel/result.ts';
import { MAX_NOTE_BYTES } from './limits.ts';
import type { CheckpointSigner, VerifierKey } from './note-key.ts';

const EM_DASH = '—';
/** More than any log has witnesses; verifiers must accept at least 16 (C2SP signed-note, format). */
const MAX_SIGNATURES = 16;
/** Note text and signatures hold no control characters but the newline. */
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/u;

/** `text` ends in a newline. */
export async function signNote(text: string, signer: CheckpointSigner): Promise<string> {
  const { name, id } = signer.verifierKey;
  const signature = await signer.sign(Buffer.from(text));
  const blob = Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64');
  return `${text}\n${EM_DASH} ${name} ${blob}\n`;
}

/**
 * The text, when the key signed it. Signatures of other keys are ignored; one of this key that is wrong refuses the
 * note, whatever else stands in it.
 */
export function openNote(note: string, key: VerifierKey): Result<string> {
  if (Buffer.byteLength(note) > MAX_NOTE_BYTES) return refuse(`it is longer than ${MAX_NOTE_BYTES} bytes`);
  if (CONTROL.test(note) || !note.isWellFormed()) return refuse('it holds control characters');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return refuse('it has no signature lines');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return refuse(`it has more than ${MAX_SIGNATURES} signatures`);
  let signed = false;
  for (const line of lines) {
    const [, name, blob = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
    const bytes = Buffer.from(blob, 'base64');
    if (name === undefined || bytes.length <= 4 || bytes.toString('base64') !== blob) {
      return refuse('a signature line is malformed');
    }
    if (name !== key.name || bytes.toString('hex', 0, 4) !== key.id) continue;
    if (!verify(null, Buffer.from(text), key.publicKey, bytes.subarray(4))) {
      return refuse(`the signature of \`${key.name}\` is wrong`);
    }
    signed = true;
  }
  return signed ? ok(text) : refuse(`\`${key.name}+${key.id}\` did not sign it`);
}

function refuse(what: string): Result<never> {
  return err({
    code: 'ledger/bad-note',
    message: `the note is not to be trusted: ${what}`,
    hint: 'check that the verifier key is the one of this ledger',
  });
}
