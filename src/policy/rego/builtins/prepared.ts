/** What calls make of constants and need again: compiled patterns and schemas, time zones, parsed keys. */

/** How many are kept of one kind: what a policy and its data name. Requests that bring patterns push out the oldest. */
const MAX_KEPT = 4096;

/** Kept by the owner of the evaluation, from query to query; the oldest goes first when there are too many. */
export class Prepared {
  readonly #kinds = new Map<string, Map<string, unknown>>();

  /** What `make` made of `key` when it was last asked to. One kind is always asked for with one `make`. */
  get<T>(kind: string, key: string, make: (key: string) => T): T {
    let kept = this.#kinds.get(kind);
    if (kept === undefined) this.#kinds.set(kind, (kept = new Map()));
    const present = kept.get(key);
    if (present !== undefined) return present as T;
    const made = make(key);
    if (kept.size >= MAX_KEPT) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    kept.set(key, made);
    return made;
  }
}
