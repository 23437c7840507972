/** A part of the syntax of regular expressions as a tree: what is to be run by the engine's own, if that is safe. */

/** Code points from and to, sorted and apart. */
export type CharacterSet = readonly (readonly [low: number, high: number])[];

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'either'; readonly branches: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly item: RegexNode; readonly least: number; readonly most: number };

export type SimpleRegex = {
  readonly body: RegexNode;
  readonly anchoredStart: boolean;
  readonly anchoredEnd: boolean;
};

const MAX_POINT = 0x10ffff;
const DIGITS: CharacterSet = [[0x30, 0x39]];
const SPACES: CharacterSet = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const WORD: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const NOT_LINE_END: CharacterSet = complement([[0x0a, 0x0a]]);

const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', DIGITS],
  ['D', complement(DIGITS)],
  ['s', SPACES],
  ['S', complement(SPACES)],
  ['w', WORD],
  ['W', complement(WORD)],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['f', 0x0c],
  ['v', 0x0b],
]);

export function complement(set: CharacterSet): CharacterSet {
  const rest: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) rest.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= MAX_POINT) rest.push([from, MAX_POINT]);
  return rest;
}

function normalize(ranges: readonly (readonly [number, number])[]): CharacterSet {
  const joined: [number, number][] = [];
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

export function areDisjoint(a: CharacterSet, b: CharacterSet): boolean {
  return a.every(([low, high]) => b.every(([from, to]) => high < from || to < low));
}

/** Undefined: it has something that is not of this part. The text is one that the library has taken. */
export function parseSimpleRegex(text: string): SimpleRegex | undefined {
  const anchoredStart = text.startsWith('^');
  const anchoredEnd = /(?<!\\)(?:\\\\)*\$$/.test(text);
  const inner = text.slice(anchoredStart ? 1 : 0, anchoredEnd ? -1 : undefined);
  const parser = new Parser(inner);
  const body = parser.parse();
  if (body === undefined) return undefined;
  // `^a|b$` anchors one branch each.
  if (body.kind === 'either' && (anchoredStart || anchoredEnd)) return undefined;
  return { body, anchoredStart, anchoredEnd };
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#characters = Array.from(text);
  }

  parse(): RegexNode | undefined {
    const body = this.#either();
    return this.#at === this.#characters.length ? body : undefined;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #either(): RegexNode | undefined {
    const branches: RegexNode[] = [];
    for (;;) {
      const branch = this.#sequence();
      if (branch === undefined) return undefined;
      branches.push(branch);
      if (this.#peek() !== '|') return branches.length === 1 ? branch : { kind: 'either', branches };
      this.#at += 1;
    }
  }

  #sequence(): RegexNode | undefined {
    const items: RegexNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      const item = this.#atom();
      const repeated = item === undefined ? undefined : this.#repeat(item);
      if (repeated === undefined) return undefined;
      items.push(repeated);
    }
    return { kind: 'sequence', items };
  }

  #atom(): RegexNode | undefined {
    const character = this.#peek() ?? '';
    this.#at += 1;
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '.') return { kind: 'set', set: NOT_LINE_END };
    if ('^$*+?{'.includes(character)) return undefined;
    if (character === '\\') {
      const set = this.#escape();
      return set === undefined ? undefined : { kind: 'set', set };
    }
    return { kind: 'set', set: single(character) };
  }

  #group(): RegexNode | undefined {
    if (this.#peek() === '?') {
      if (this.#characters[this.#at + 1] !== ':') return undefined;
      this.#at += 2;
    }
    const inner = this.#either();
    if (inner === undefined || this.#peek() !== ')') return undefined;
    this.#at += 1;
    return inner;
  }

  /** After the backslash. */
  #escape(): CharacterSet | undefined {
    const character = this.#peek() ?? '';
    this.#at += 1;
    const known = CLASSES.get(character);
    if (known !== undefined) return known;
    const control = CONTROLS.get(character);
    if (control !== undefined) return [[control, control]];
    return /^[!-/:-@[-`{-~]$/.test(character) ? single(character) : undefined;
  }

  #class(): RegexNode | undefined {
    const negated = this.#peek() === '^';
    if (negated) this.#at += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      const low = this.#member();
      if (low === undefined) return undefined;
      const isRange = this.#peek() === '-' && this.#characters[this.#at + 1] !== ']';
      if (!isRange) {
        ranges.push(...low);
        continue;
      }
      this.#at += 1;
      const high = this.#member();
      const [from, to] = [low[0], high?.[0]];
      if (from === undefined || to === undefined || !isOne(low) || !isOne(high)) return undefined;
      ranges.push([from[0], to[0]]);
    }
    this.#at += 1;
    const set = normalize(ranges);
    return { kind: 'set', set: negated ? complement(set) : set };
  }

  #member(): CharacterSet | undefined {
    const character = this.#peek();
    if (character === undefined) return undefined;
    this.#at += 1;
    if (character === '[' && this.#peek() === ':') return undefined;
    return character === '\\' ? this.#escape() : single(character);
  }

  #repeat(item: RegexNode): RegexNode | undefined {
    const counts = this.#counts();
    if (counts === undefined) return item;
    if (this.#peek() === '?') this.#at += 1;
    const next = this.#peek();
    // Two in a row are an error to some, and no better understood by this.
    if (next !== undefined && '*+?'.includes(next)) return undefined;
    return { kind: 'repeat', item, least: counts[0], most: counts[1] };
  }

  #counts(): readonly [number, number] | undefined {
    const next = this.#peek();
    const known = next === undefined ? undefined : COUNTS.get(next);
    if (known !== undefined) {
      this.#at += 1;
      return known;
    }
    const braces =
      next === '{' ? /^\{(\d+)(,)?(\d*)\}/.exec(this.#characters.slice(this.#at, this.#at + 16).join('')) : null;
    if (braces === null) return undefined;
    const [all, least = '', comma, most = ''] = braces;
    this.#at += all.length;
    if (comma === undefined) return [Number(least), Number(least)];
    return [Number(least), most === '' ? Infinity : Number(most)];
  }
}

const COUNTS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['*', [0, Infinity]],
  ['+', [1, Infinity]],
  ['?', [0, 1]],
]);

function single(character: string): CharacterSet {
  const point = character.codePointAt(0) ?? 0;
  return [[point, point]];
}

function isOne(set: CharacterSet | undefined): boolean {
  return set?.length === 1 && set[0]?.[0] === set[0]?.[1];
}
