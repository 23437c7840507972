/** The registrations in force, and which of them a caller is entitled to. */
import { err, ok, type Result } from '../../kernel/result.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { Caller } from './attested-peer.ts';
import { checkRegistration, type Registration } from './registration.ts';

export type Match =
  /** In the order of `Registry.entries`: the first is the default identity. */
  | { readonly kind: 'matched'; readonly entries: readonly [Registration, ...Registration[]] }
  | { readonly kind: 'unmatched'; readonly explanation: Explanation };

/** Why nothing matched: for the operator and the ledger, never for the caller. */
export type Explanation = {
  readonly collected: {
    readonly pid: number;
    readonly uid: number;
    readonly gid: number;
    readonly path?: string;
    readonly sha256?: string;
    /** Why there is no path. */
    readonly pathUnknown?: string;
  };
  /** The entry with the fewest selectors that do not match; absent when there is no entry. */
  readonly nearest?: { readonly id: SpiffeId; readonly missing: readonly string[] };
};

/** Entries of one machine: a hundred workloads are many, and every caller without identity is compared with all. */
export const MAX_REGISTRATIONS = 10_000;

export class Registry {
  readonly #entries = new Map<Registration, () => void>();
  readonly #listeners = new Set<() => void>();

  /**
   * From now on. An entry of a started process leaves by itself when the process ends. Codes: those of
   * `checkRegistration`, `registration/twice`, `/too-many`, `/ended`.
   */
  add(entry: Registration): Result<Registration> {
    const checked = checkRegistration(entry);
    if (!checked.ok) return checked;
    if (this.#entries.has(entry)) {
      return err({ code: 'registration/twice', message: `this registration of \`${entry.id}\` is in force already` });
    }
    if (this.#entries.size >= MAX_REGISTRATIONS) {
      const message = `there are ${MAX_REGISTRATIONS} registrations already, the most that are kept`;
      return err({ code: 'registration/too-many', message });
    }
    if (entry.attest.kind === 'started' && !entry.attest.process.isAlive()) {
      const message = `process ${entry.attest.process.pid}, to be \`${entry.id}\`, has ended`;
      return err({ code: 'registration/ended', message });
    }
    this.#entries.set(entry, () => {});
    if (entry.attest.kind === 'started') {
      const unwatch = entry.attest.process.onExit(() => this.remove(entry));
      if (this.#entries.has(entry)) this.#entries.set(entry, unwatch);
    }
    this.#tell();
    return ok(entry);
  }

  /** By identity of the object that was added; false when it was not in force. */
  remove(entry: Registration): boolean {
    const unwatch = this.#entries.get(entry);
    if (unwatch === undefined) return false;
    this.#entries.delete(entry);
    unwatch();
    this.#tell();
    return true;
  }

  /** Started processes first, since that is the strongest evidence; then as they were added. */
  entries(): readonly Registration[] {
    const all = [...this.#entries.keys()];
    return [...all.filter(isStarted), ...all.filter((entry) => !isStarted(entry))];
  }

  /** Returns the function that ends the subscription. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async match(caller: Caller): Promise<Match> {
    const matched: Registration[] = [];
    let nearest: Explanation['nearest'];
    const digest = once(caller.sha256);
    for (const entry of this.entries()) {
      const missing = await missingOf(entry, caller, digest);
      // The entry may have been removed while the program was hashed.
      if (missing.length === 0 && this.#entries.has(entry)) matched.push(entry);
      if (nearest === undefined || missing.length < nearest.missing.length) nearest = { id: entry.id, missing };
    }
    const [first, ...rest] = matched;
    if (first !== undefined) return { kind: 'matched', entries: [first, ...rest] };
    const explanation = { collected: await collectedOf(caller, digest), ...(nearest !== undefined && { nearest }) };
    return { kind: 'unmatched', explanation };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

type Once<T> = { readonly get: () => Promise<T>; readonly asked: () => boolean };

function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined;
  return { get: () => (made ??= make()), asked: () => made !== undefined };
}

function isStarted(entry: Registration): boolean {
  return entry.attest.kind === 'started';
}

/** One sentence for each selector that does not match. The program is hashed only when all others do. */
async function missingOf(entry: Registration, caller: Caller, digest: Once<Result<string>>): Promise<string[]> {
  const { attest } = entry;
  if (attest.kind === 'started') {
    const inside = attest.process.contains(caller.pid) && caller.isAlive();
    return inside ? [] : [`wants process ${attest.process.pid} or a living descendant of it`];
  }
  const missing: string[] = [];
  const compare = (name: string, wanted: number | string | undefined, got: number | string): void => {
    if (wanted !== undefined && wanted !== got) missing.push(`wants ${name} \`${wanted}\`, the caller has \`${got}\``);
  };
  compare('uid', attest.uid, caller.uid);
  compare('gid', attest.gid, caller.gid);
  if (caller.executable.kind === 'known') compare('path', attest.path, caller.executable.path);
  else if (attest.path !== undefined) missing.push(`wants path \`${attest.path}\`, but ${caller.executable.why}`);
  if (attest.sha256 === undefined) return missing;
  if (missing.length > 0) return [...missing, `wants sha256 \`${attest.sha256}\`, not compared`];
  const found = await digest.get();
  if (!found.ok) return [`wants sha256 \`${attest.sha256}\`, but ${found.problem.message}`];
  compare('sha256', attest.sha256, found.value);
  return missing;
}

async function collectedOf(caller: Caller, digest: Once<Result<string>>): Promise<Explanation['collected']> {
  const { pid, uid, gid, executable } = caller;
  const found = digest.asked() ? await digest.get() : undefined;
  return {
    pid,
    uid,
    gid,
    ...(executable.kind === 'known' ? { path: executable.path } : { pathUnknown: executable.why }),
    ...(found?.ok === true && { sha256: found.value }),
  };
}
