/** Follows the app's bytes through one response: interim heads, the final head and the body. */
import { BodyReader } from './http1-body.ts';
import type { Malformed } from './http1-fields.ts';
import { readResponseHead, type ResponseHead } from './http1-response.ts';

/** What becomes of the bytes that were read so far and not passed on; `bytes` may begin with earlier ones. */
export type Passage =
  | { readonly kind: 'pass'; readonly bytes: Buffer; readonly isComplete: boolean; readonly hasMore: boolean }
  /** The app switched protocols: all of `bytes` pass, and all that follow. */
  | { readonly kind: 'switched'; readonly bytes: Buffer; readonly upgrade: string | undefined }
  | { readonly kind: 'bad'; readonly problem: Malformed };

const EMPTY: Buffer = Buffer.alloc(0);

export class ResponseReader {
  readonly #method: string;
  /** The beginning of a head. */
  #partial: Buffer = EMPTY;
  #head: ResponseHead | undefined;
  #body: BodyReader | undefined;

  /** `method`: of the request, since it decides whether the response has a body. */
  constructor(method: string) {
    this.#method = method;
  }

  /** The final head, once it was read. */
  get head(): ResponseHead | undefined {
    return this.#head;
  }

  get isComplete(): boolean {
    return this.#body?.done === true;
  }

  take(piece: Buffer): Passage {
    if (this.#body !== undefined) return this.#takeBody(piece, 0, this.#body);
    const searched = this.#partial.length;
    const bytes = searched === 0 ? piece : Buffer.concat([this.#partial, piece]);
    this.#partial = EMPTY;
    return this.#takeHeads(bytes, searched);
  }

  /** `bytes` begins at a head; interim ones pass on until the final one is there. */
  #takeHeads(bytes: Buffer, searched: number): Passage {
    for (let at = 0, from = searched; ; from = 0) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      const read = readResponseHead(rest, from, this.#method);
      switch (read.kind) {
        case 'incomplete':
          this.#partial = rest;
          return { kind: 'pass', bytes: bytes.subarray(0, at), isComplete: false, hasMore: false };
        case 'bad':
          return { kind: 'bad', problem: read.problem };
        case 'head':
          if (read.head.status === 101) return { kind: 'switched', bytes, upgrade: read.head.upgrade };
          at += read.head.length;
          if (read.head.status < 200) break;
          this.#head = read.head;
          this.#body = new BodyReader(read.head.framing);
          return this.#takeBody(bytes, at, this.#body);
      }
    }
  }

  /** `at`: where the body goes on in `bytes`; what stands before it passes on too. */
  #takeBody(bytes: Buffer, at: number, body: BodyReader): Passage {
    const end = body.take(bytes, at);
    if (typeof end !== 'number') return { kind: 'bad', problem: end };
    const hasMore = end < bytes.length;
    return { kind: 'pass', bytes: hasMore ? bytes.subarray(0, end) : bytes, isComplete: body.done, hasMore };
  }
}
