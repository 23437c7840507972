/** Glob patterns: their text to a tree, with the syntax of the library that OPA uses. */
import { err, ok, type Result } from '../../../kernel/result.ts';

export type GlobNode =
  | { readonly kind: 'text'; readonly text: string }
  /** `?`: one character that is no separator. */
  | { readonly kind: 'character' }
  /** `*`, or `**` where it crosses separators. */
  | { readonly kind: 'star'; readonly crosses: boolean }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] }
  | { readonly kind: 'either'; readonly branches: readonly (readonly GlobNode[])[] };

type Range = readonly [low: number, high: number];

/** `{` in `{`: deeper is an attack on whoever recurses. */
const MAX_DEPTH = 100;

type Group = { readonly branches: GlobNode[][]; nodes: GlobNode[] };

/** What a pattern matches in sequence, or what is wrong with it. */
export function parseGlob(pattern: string): Result<readonly GlobNode[], string> {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;
  #problem: string | undefined;
  readonly #groups: Group[] = [{ branches: [], nodes: [] }];

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  parse(): Result<readonly GlobNode[], string> {
    while (this.#at < this.#characters.length && this.#problem === undefined) this.#parseNode();
    if (this.#problem === undefined && this.#groups.length > 1) this.#fail('unclosed `{`');
    if (this.#problem !== undefined) return err(this.#problem);
    return ok(this.#innermost().nodes);
  }

  #innermost(): Group {
    return this.#groups.at(-1) as Group;
  }

  #fail(reason: string): void {
    const offset = new TextEncoder().encode(this.#characters.slice(0, this.#at).join('')).length;
    this.#problem ??= `glob: syntax error at ${offset}: ${reason}`;
  }

  #add(node: GlobNode): void {
    this.#innermost().nodes.push(node);
  }

  #parseNode(): void {
    const character = this.#characters[this.#at];
    const isInside = this.#groups.length > 1;
    if (character === '{') this.#open();
    else if (isInside && character === ',') this.#next();
    else if (isInside && character === '}') this.#close();
    else if (character === '[') this.#parseClass();
    else if (character === '?') this.#addOne({ kind: 'character' });
    else if (character === '*') this.#parseStar();
    else this.#parseText(isInside ? '?*[{},' : '?*[{');
  }

  #addOne(node: GlobNode): void {
    this.#at += 1;
    this.#add(node);
  }

  #open(): void {
    this.#at += 1;
    if (this.#groups.length > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} \`{\` in each other`);
    this.#groups.push({ branches: [], nodes: [] });
  }

  #next(): void {
    this.#at += 1;
    const group = this.#innermost();
    group.branches.push(group.nodes);
    group.nodes = [];
  }

  #close(): void {
    this.#at += 1;
    const group = this.#innermost();
    this.#groups.pop();
    this.#add({ kind: 'either', branches: [...group.branches, group.nodes] });
  }

  #parseStar(): void {
    const crosses = this.#characters[this.#at + 1] === '*';
    this.#at += crosses ? 2 : 1;
    this.#add({ kind: 'star', crosses });
  }

  #parseText(breakers: string): void {
    const text = this.#readText(breakers);
    if (text !== '') this.#add({ kind: 'text', text });
  }

  /** Up to a breaker, with what was escaped as it is. */
  #readText(breakers: string): string {
    let text = '';
    for (; this.#at < this.#characters.length; this.#at += 1) {
      let character = this.#characters[this.#at] ?? '';
      if (character === '\\') {
        this.#at += 1;
        const escaped = this.#characters[this.#at];
        if (escaped === undefined) {
          this.#fail('trailing backslash');
          return text;
        }
        character = escaped;
      } else if (breakers.includes(character)) {
        return text;
      }
      text += character;
    }
    return text;
  }

  /** A range or a list of characters, never both. */
  #parseClass(): void {
    this.#at += 1;
    const negated = this.#characters[this.#at] === '!';
    if (negated) this.#at += 1;
    const low = this.#characters[this.#at];
    if (low === undefined) {
      this.#fail('unexpected end of input');
      return;
    }
    const ranges = this.#characters[this.#at + 1] === '-' ? this.#parseRange(low) : this.#parseList();
    if (this.#problem !== undefined || ranges === undefined) return;
    const close = this.#characters[this.#at];
    if (close !== ']') {
      this.#fail(close === undefined ? 'unexpected end of input' : 'expected close range character');
      return;
    }
    this.#at += 1;
    if (ranges.some(([from, to]) => to < from)) this.#fail('range hi character is less than lo');
    this.#add({ kind: 'class', negated, ranges });
  }

  #parseRange(low: string): readonly Range[] | undefined {
    const high = this.#characters[this.#at + 2];
    this.#at = Math.min(this.#at + 3, this.#characters.length);
    if (high === undefined) {
      this.#fail('unexpected end of input');
      return undefined;
    }
    return [[low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0]];
  }

  #parseList(): readonly Range[] | undefined {
    const text = this.#readText(']');
    if (text === '') {
      this.#at += 1;
      this.#fail('could not parse range');
    }
    return Array.from(text, (character): Range => [character.codePointAt(0) ?? 0, character.codePointAt(0) ?? 0]);
  }
}
