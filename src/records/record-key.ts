/** The key of a record: which kinds and names can be written, and where the names with a prefix lie. */
import { err, ok, type Result } from '../kernel/result.ts';
import { badKey } from './problems.ts';

/** A kind is a word that a programmer chose; 64 bytes is longer than any of them. */
export const MAX_KIND_BYTES = 64;

/**
 * A SPIFFE ID (up to 2048 bytes) must be usable as a name, and kind, name and revision together must fit an entry of
 * a PostgreSQL B-tree (2704 bytes).
 */
export const MAX_NAME_BYTES = 2048;

const KIND = /^[A-Za-z][A-Za-z0-9._/-]*$/u;
const LAST_CODE_POINT = 0x10_ff_ff;
const FIRST_SURROGATE = 0xd8_00;
const AFTER_SURROGATES = 0xe0_00;

/**
 * A kind is a letter, then letters, digits, `.`, `_`, `/` and `-`. A name is any text of 1 to 2048 bytes without NUL,
 * compared byte for byte. Code: `records/bad-key`.
 */
export function checkKey(kind: string, name: string): Result<undefined> {
  if (kind.length > MAX_KIND_BYTES) {
    return err(badKey(`a kind has at most ${MAX_KIND_BYTES} bytes, this one has ${kind.length}`));
  }
  if (!KIND.test(kind)) return err(badKey(`\`${printable(kind)}\` is not a kind of record`));
  if (name === '') return err(badKey(`a \`${kind}\` needs a name`));
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    return err(badKey(`the name of a \`${kind}\` has at most ${MAX_NAME_BYTES} bytes, this one has ${bytes}`));
  }
  if (!storable(name)) return err(badKey(`the name \`${printable(name)}\` of a \`${kind}\` holds what no text can`));
  return ok(undefined);
}

/** What both engines hand back as they got it: PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8. */
function storable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** At most 64 characters, and none that would garble a terminal. */
export function printable(text: string): string {
  const short = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return short.toWellFormed().replaceAll(/\p{Cc}/gu, '\u{fffd}');
}

/** Names from `from` (inclusive) to `to` (exclusive) in the order of their bytes; `to` absent: to the end. */
export type NameRange = { readonly from: string; readonly to: string | undefined };

/**
 * The range of the names that begin with `prefix`; undefined when none can. Both engines compare bytes of UTF-8, whose
 * order is that of the code points, so that a range is exact where LIKE and collations are not.
 */
export function rangeOfPrefix(prefix: string): NameRange | undefined {
  if (!storable(prefix)) return undefined;
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return { from: prefix, to: undefined };
  const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1;
  return { from: prefix, to: String.fromCodePoint(...points, next) };
}
