/** A batch of writes, checked and serialised: the only form in which an engine sees one. */
import type { JsonValue } from '../kernel/json.ts';
import { MAX_RECORD_BYTES } from '../kernel/limits.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Revision } from '../kernel/revision.ts';
import { badBatch, badValue, tooLarge } from './problems.ts';
import { checkKey } from './record-key.ts';
import type { Write } from './records.ts';

/** A git sync of a large organisation writes thousands of policies at once; beyond this a caller writes in parts. */
export const MAX_BATCH_WRITES = 10_000;

/** One batch is held in memory several times while it is committed and while each watcher reads it. */
export const MAX_BATCH_BYTES: number = 16 * 1024 * 1024;

/** Deeper than any policy or configuration, and far from what overflows the stack of a reader. */
export const MAX_VALUE_DEPTH = 256;

/** `text` is the JSON of the value; undefined deletes. */
export type BatchEntry = {
  readonly kind: string;
  readonly name: string;
  readonly text: string | undefined;
  readonly expected: Revision | undefined;
};

export type Batch = { readonly entries: readonly BatchEntry[]; readonly bytes: number };

/** Codes: `records/bad-batch`, `/bad-key`, `/bad-value`, `/too-large`. */
export function parseBatch(writes: readonly Write[]): Result<Batch> {
  if (writes.length === 0) return err(badBatch('a batch needs at least one write'));
  if (writes.length > MAX_BATCH_WRITES) {
    return err(badBatch(`a batch has at most ${MAX_BATCH_WRITES} writes, this one has ${writes.length}`));
  }
  const entries: BatchEntry[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const write of writes) {
    const entry = parseWrite(write);
    if (!entry.ok) return entry;
    keys.add(keyOf(write.kind, write.name));
    if (keys.size === entries.length) return err(badBatch(`${write.kind} \`${write.name}\` is written twice`));
    entries.push(entry.value.entry);
    bytes += entry.value.bytes;
    if (bytes > MAX_BATCH_BYTES)
      return err(tooLarge(`a batch has at most ${MAX_BATCH_BYTES} bytes of values and names`));
  }
  return ok({ entries, bytes });
}

/** One string for a kind and a name; unambiguous, since neither holds NUL. */
export function keyOf(kind: string, name: string): string {
  return `${kind}\0${name}`;
}

function parseWrite(write: Write): Result<{ readonly entry: BatchEntry; readonly bytes: number }> {
  const { kind, name, value, expected } = write;
  const key = checkKey(kind, name);
  if (!key.ok) return key;
  if (value === undefined) return ok({ entry: { kind, name, text: undefined, expected }, bytes: name.length });
  const wrong = problemOfValue(value, 0);
  if (wrong !== undefined) return err(badValue(`the value of ${kind} \`${name}\` ${wrong}`));
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RECORD_BYTES) {
    const message = `the value of ${kind} \`${name}\` has ${bytes} bytes as JSON, and ${MAX_RECORD_BYTES} are the most`;
    return err(tooLarge(message));
  }
  return ok({ entry: { kind, name, text, expected }, bytes: bytes + name.length });
}

/** What JSON would silently change into something else: not a number, a hole, an object with behaviour. */
function problemOfValue(value: JsonValue, depth: number): string | undefined {
  if (depth > MAX_VALUE_DEPTH) return `nests deeper than ${MAX_VALUE_DEPTH} levels`;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `holds ${value}, which JSON cannot`;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'object') return `holds a ${typeof value}, which JSON cannot`;
  if (!Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      return 'holds an object with behaviour, which JSON cannot';
  }
  const members: Iterable<JsonValue> = Array.isArray(value) ? (value as readonly JsonValue[]) : Object.values(value);
  for (const member of members) {
    const wrong = problemOfValue(member, depth + 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
