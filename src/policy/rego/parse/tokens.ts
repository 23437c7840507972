/** A text cut into tokens: three columns, so that ten megabytes of policy are a few arrays and not millions of objects. */
import { Kind, type TokenKind } from './token-kind.ts';

export class Tokens {
  count = 0;
  kinds: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  /** Start and end of every comment that begins its line, one after the other: only they can be metadata. */
  readonly lineComments: number[] = [];

  constructor(textLength: number) {
    const capacity = (textLength >> 2) + 16;
    this.kinds = new Uint8Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  add(kind: TokenKind, start: number, end: number): void {
    const { count } = this;
    if (count === this.kinds.length) this.#grow();
    this.kinds[count] = kind;
    this.starts[count] = start;
    this.ends[count] = end;
    this.count = count + 1;
  }

  /** The end of the text beyond the last. */
  kindAt(index: number): TokenKind {
    return index < this.count ? ((this.kinds[index] ?? 0) as TokenKind) : Kind.end;
  }

  #grow(): void {
    const capacity = this.count * 2;
    const { kinds, starts, ends } = this;
    this.kinds = new Uint8Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.kinds.set(kinds);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}
