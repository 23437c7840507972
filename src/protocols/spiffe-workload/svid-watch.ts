/** The SVIDs of the registrations that a stream's caller has now, and a word when one of them is rotated. */
import type { Registration } from '../../identity/attestation/registration.ts';
import type { SvidSource, X509Svid } from '../../identity/x509-svid.ts';

export class SvidWatch {
  readonly #svidsFor: (entry: Registration) => Promise<SvidSource>;
  readonly #watched = new Map<SvidSource, () => void>();
  #listener: (() => void) | undefined;

  constructor(svidsFor: (entry: Registration) => Promise<SvidSource>) {
    this.#svidsFor = svidsFor;
  }

  /** In the order of the entries; an identity that two of them give is there once. Watched before it is read. */
  async current(entries: readonly Registration[]): Promise<readonly X509Svid[]> {
    const first = new Map(entries.toReversed().map((entry) => [entry.id, entry] as const));
    const sources = await Promise.all(entries.filter((entry) => first.get(entry.id) === entry).map(this.#svidsFor));
    const wanted = new Set(sources);
    for (const [source, unwatch] of this.#watched) {
      if (wanted.has(source)) continue;
      unwatch();
      this.#watched.delete(source);
    }
    // The stream may have ended while the sources were made: then nothing is left that would end a subscription.
    if (this.#listener !== undefined) {
      for (const source of wanted) {
        if (!this.#watched.has(source))
          this.#watched.set(
            source,
            source.onRotation(() => this.#listener?.()),
          );
      }
    }
    return sources.map((source) => source.current());
  }

  /** One listener at a time. Returns the function that ends every subscription. */
  onRotation(listener: () => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
      for (const unwatch of this.#watched.values()) unwatch();
      this.#watched.clear();
    };
  }
}
