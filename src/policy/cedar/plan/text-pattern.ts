/** A `like` pattern: texts that must follow one another, with anything between. Linear in the length of the text. */
import { quotePattern } from '../parse/escapes.ts';
import type { Pattern } from '../syntax.ts';

export class TextPattern {
  /** The texts between wildcards; with one text there is no wildcard, and the whole must be equal to it. */
  readonly #texts: readonly string[];

  constructor(pattern: Pattern) {
    const texts = [''];
    for (const element of pattern) {
      if (element === null) texts.push('');
      else texts[texts.length - 1] += element;
    }
    this.#texts = texts;
  }

  /** A text that matches: the one where nothing stands for each wildcard. */
  get shortest(): string {
    return this.#texts.join('');
  }

  /** As it is written in a policy, quotes included. */
  toString(): string {
    return quotePattern(this.#texts.flatMap((text, index) => (index === 0 ? [text] : [null, text])));
  }

  // Texts are well formed, so none begins or ends inside a surrogate pair: comparing UTF-16 units is comparing
  // characters. The first place where a text fits is the best one, since what is between may be anything.
  matches(text: string): boolean {
    const texts = this.#texts;
    const first = texts[0] as string;
    const last = texts[texts.length - 1] as string;
    if (texts.length === 1) return text === first;
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (let index = 1; index < texts.length - 1; index += 1) {
      const part = texts[index] as string;
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  }
}
