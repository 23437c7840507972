/** A signed statement of how many entries there are and what the root over them is (C2SP tlog-checkpoint). */
import { err, ok, type Result } from '../kernel/result.ts';
import { type Digest, digestFromBase64, toBase64 } from './digest.ts';
import type { CheckpointSigner, VerifierKey } from './note-key.ts';
import { openNote, signNote } from './signed-note.ts';

export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  /** In base64, as in the note. */
  readonly root: string;
  /** The signed note as it is stored and handed to auditors. */
  readonly note: string;
};

/** The origin is the name of the key, as the specification recommends. */
export async function signCheckpoint(size: number, root: Digest, signer: CheckpointSigner): Promise<Checkpoint> {
  const origin = signer.verifierKey.name;
  const text = toBase64(root);
  const note = await signNote(`${origin}\n${size}\n${text}\n`, signer);
  return { origin, size, root: text, note };
}

/** Signed by the key, of the origin that the key is named after, and without extension lines: we write none. */
export function openCheckpoint(note: string, key: VerifierKey): Result<Checkpoint> {
  const text = openNote(note, key);
  if (!text.ok) return text;
  const [origin, size = '', root = '', end, ...more] = text.value.split('\n');
  const good = end === '' && more.length === 0 && /^(?:0|[1-9]\d{0,15})$/u.test(size) && origin === key.name;
  if (good && digestFromBase64(root) !== undefined && Number.isSafeInteger(Number(size))) {
    return ok({ origin, size: Number(size), root, note });
  }
  return err({
    code: 'ledger/bad-checkpoint',
    message: `the note is not a checkpoint of \`${key.name}\``,
    hint: 'a checkpoint is three lines, origin, size and root, and the signature',
  });
}
