/** An event as the bytes of a ledger entry, and back. */
import type { EventId } from '../kernel/event-id.ts';
import { parseJsonText } from '../kernel/json-text.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LedgerEvent, LedgerEventKind } from '../kernel/ledger-event.ts';
import { MAX_LEDGER_EVENT_BYTES } from '../kernel/limits.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { canonicalJson } from './canonical-json.ts';
import { tooLarge } from './problems.ts';

export type EventText = { readonly text: string; readonly bytes: number };

/** Canonical JSON (RFC 8785). `ledger/not-json` and `ledger/too-large` are mistakes of the caller. */
export function writeEvent(event: LedgerEvent): Result<EventText> {
  const text = canonicalJson(event);
  if (!text.ok) return text;
  const bytes = Buffer.byteLength(text.value);
  if (bytes > MAX_LEDGER_EVENT_BYTES) return err(tooLarge(bytes, MAX_LEDGER_EVENT_BYTES));
  return ok({ text: text.value, bytes });
}

/**
 * Undefined when the bytes are not an event. The kind may be one that a newer program writes: a reader shows what it
 * does not know, rather than refusing the rest.
 */
export function readEvent(bytes: Buffer): LedgerEvent | undefined {
  const value = parseJson(bytes.toString('utf8'));
  if (!isObject(value)) return undefined;
  const { id, time, kind, actor, traceId, data } = value;
  if (typeof id !== 'string' || typeof time !== 'number' || typeof kind !== 'string') return undefined;
  if (!isObject(actor) || typeof actor['type'] !== 'string' || typeof actor['id'] !== 'string') return undefined;
  if (!isObject(data) || (traceId !== undefined && typeof traceId !== 'string')) return undefined;
  return {
    id: id as EventId,
    time,
    kind: kind as LedgerEventKind,
    actor: { type: actor['type'] as LedgerEvent['actor']['type'], id: actor['id'] },
    ...(traceId === undefined ? {} : { traceId }),
    data,
  };
}

function parseJson(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
