/** Refused callers in the ledger: the first of a kind at once, its repetitions as one event a minute. */
import type { Clock } from '../kernel/clock.ts';
import { makeEventId } from '../kernel/event-id.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { RecordEvent } from '../kernel/ports.ts';
import type { Timers } from '../identity/timers.ts';

export type Refusal = {
  readonly code: string;
  /** For the operator; the caller is told less. */
  readonly message: string;
  readonly uid: number;
  readonly pid: number;
  readonly path?: string;
  readonly data?: JsonObject;
};

export type RefusalsOptions = {
  readonly record: RecordEvent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: (bytes: number) => Uint8Array;
};

export const REFUSAL_WINDOW_MS = 60_000;

/** Different refusals of one user in a window, by code and program; the rest of them are one kind. */
const MAX_KINDS_PER_UID = 8;

/** Users in a window that are told apart; a user may hold many uids through user namespaces. */
const MAX_UIDS = 64;

type Kind = { latest: Refusal; repeated: number };

/**
 * INVARIANT (refusals): whatever callers do, a window adds at most 2 × (8 + 1) × (64 + 1) events to the ledger, and
 * every refusal is counted in one of them.
 */
export class Refusals implements Disposable {
  readonly #options: RefusalsOptions;
  readonly #kinds = new Map<string, Map<string, Kind>>();
  #endWindow: (() => void) | undefined;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  note(refusal: Refusal): void {
    this.#endWindow ??= this.#options.timers.after(REFUSAL_WINDOW_MS, () => this.#flush());
    const kinds = pick(this.#kinds, String(refusal.uid), MAX_UIDS, () => new Map<string, Kind>());
    let fresh = false;
    const kind = pick(kinds, `${refusal.code} ${refusal.path ?? ''}`, MAX_KINDS_PER_UID, () => {
      fresh = true;
      return { latest: refusal, repeated: 0 };
    });
    if (fresh) return this.#write(refusal);
    kind.latest = refusal;
    kind.repeated += 1;
  }

  /** Writes what was counted and not yet told. */
  [Symbol.dispose](): void {
    this.#endWindow?.();
    this.#flush();
  }

  #flush(): void {
    this.#endWindow = undefined;
    for (const kinds of this.#kinds.values()) {
      for (const { latest, repeated } of kinds.values()) if (repeated > 0) this.#write(latest, repeated);
    }
    this.#kinds.clear();
  }

  #write(refusal: Refusal, repeated?: number): void {
    const { clock, random, record } = this.#options;
    const { code, message, uid, pid, path, data } = refusal;
    const time = clock.now();
    const event = {
      id: makeEventId(time, random),
      time,
      kind: 'attestation.refused',
      actor: { type: 'anonymous', id: `uid:${uid}` },
      data: {
        code,
        message,
        pid,
        ...(path !== undefined && { path }),
        ...data,
        ...(repeated !== undefined && { repeated }),
      },
    } as const;
    // A refusal that cannot be recorded stays a refusal: there is no effect to hold back.
    record(event, 'prompt').catch(() => {});
  }
}

/** The value of the key; beyond `most` keys, the one value that all further keys share. */
function pick<V>(map: Map<string, V>, key: string, most: number, make: () => V): V {
  const at = map.has(key) || map.size < most ? key : '*';
  const found = map.get(at);
  if (found !== undefined) return found;
  const made = make();
  map.set(at, made);
  return made;
}
