/** Regular expressions with RE2's syntax, in time that grows with the text alone: the one file that knows `re2js`. */
import { RE2JS, RE2JSException } from 're2js';
import { nativeRegex, type NativeRegex } from './regex-native.ts';

/** Units from and to of a match, and of its groups; -1 where a group took no part. */
export type RegexMatch = readonly (readonly [from: number, to: number])[];

export class Regex {
  readonly #library: RE2JS;
  readonly #native: NativeRegex | undefined;

  constructor(library: RE2JS, native: NativeRegex | undefined) {
    this.#library = library;
    this.#native = native;
  }

  test(text: string): boolean {
    const native = this.#native;
    if (native !== undefined && text.length <= native.maxLength) return native.test.test(text);
    return this.#library.test(text);
  }

  /** At most `most` matches from the left, all if it is negative; an empty one right after another is none. */
  matches(text: string, most: number): readonly RegexMatch[] {
    const found: RegexMatch[] = [];
    const matcher = this.#library.matcher(text);
    const groups = matcher.groupCount();
    let before = -1;
    for (let at = 0; at <= text.length && found.length !== most && matcher.find(at);) {
      const [start, end] = [matcher.start(0), matcher.end(0)];
      if (end > start || start !== before) {
        found.push(
          Array.from({ length: groups + 1 }, (_, group) => [matcher.start(group), matcher.end(group)] as const),
        );
      }
      before = end;
      at = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    }
    return found;
  }

  get names(): Readonly<Record<string, number>> {
    return this.#library.namedGroups();
  }
}

/** The expression, or what is wrong with it in the words of RE2. */
export function compileRegex(text: string): Regex | string {
  try {
    return new Regex(RE2JS.compile(text), nativeRegex(text));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    // The library leaves out the rest of the expression, which is empty, where the original quotes it.
    return error.message.endsWith('end of expression') ? `${error.message}: \`\`` : error.message;
  }
}

export function quoteRegex(text: string): string {
  return RE2JS.quote(text);
}
