/** `regex.globs_match`: whether two patterns of characters, `.`, sets, `*` and `+` have a string in common. */
import { err, ok, type Result } from '../../../kernel/result.ts';

/** What one character may be: any, or one of these code points. */
type Token = { readonly points: ReadonlySet<number> | 'any'; flag: '' | '*' | '+' };

/** A range of a set is listed: more of it than this is no set that a person wrote. */
const MAX_SET = 100_000;

type Scan = { readonly characters: readonly string[]; at: number };

export function globsIntersect(a: string, b: string): Result<boolean, string> {
  const left = tokenize(a);
  if (!left.ok) return left;
  const right = tokenize(b);
  if (!right.ok) return right;
  return ok(intersect(simplify(left.value), simplify(right.value)));
}

function invalid(scan: Scan, what: string): { readonly ok: false; readonly problem: string } {
  const input = scan.characters.join('');
  return err(`input:${input}, pos:${scan.at}, ${what}: the input provided is invalid`);
}

function tokenize(text: string): Result<Token[], string> {
  const scan: Scan = { characters: Array.from(text), at: 0 };
  const tokens: Token[] = [];
  while (scan.at < scan.characters.length) {
    const points = scanPoints(scan);
    if (!points.ok) return points;
    const flag = scan.characters[scan.at];
    const isFlag = flag === '*' || flag === '+';
    if (isFlag) scan.at += 1;
    if (flag === '\\' && scan.at === scan.characters.length - 1) return endsInEscape(scan);
    tokens.push({ points: points.value, flag: isFlag ? flag : '' });
  }
  return ok(tokens);
}

function endsInEscape(scan: Scan): { readonly ok: false; readonly problem: string } {
  return err(`input:${scan.characters.join('')}, pos:${scan.at}, input ends with a \\ (escape) character`);
}

function scanPoints(scan: Scan): Result<Token['points'], string> {
  const character = scan.characters[scan.at];
  scan.at += 1;
  switch (character) {
    case '.':
      return ok('any');
    case '[':
      return scanSet(scan);
    case ']':
      return invalid(scan, "set-close ']' with no preceding '['");
    case '*':
    case '+':
      return invalid(scan, `flag '${character}' must be preceded by a non-flag`);
    case '\\':
      if (scan.at >= scan.characters.length) return endsInEscape(scan);
      scan.at += 1;
      return ok(new Set([pointAt(scan, scan.at - 1)]));
    case undefined:
    default:
      return ok(new Set([pointAt(scan, scan.at - 1)]));
  }
}

function pointAt(scan: Scan, at: number): number {
  return scan.characters[at]?.codePointAt(0) ?? 0;
}

function scanSet(scan: Scan): Result<Token['points'], string> {
  const points = new Set<number>();
  let before: number | undefined;
  while (scan.at < scan.characters.length) {
    const character = scan.characters[scan.at];
    scan.at += 1;
    if (character === ']') return ok(points);
    if (character === '-') {
      const problem = scanRange(scan, before, points);
      if (problem !== undefined) return problem;
      before = undefined;
      continue;
    }
    if (character === '\\') {
      if (scan.at >= scan.characters.length) return endsInEscape(scan);
      scan.at += 1;
    }
    before = pointAt(scan, scan.at - 1);
    points.add(before);
  }
  return invalid(scan, 'found [ without matching ]');
}

/** After the hyphen. */
function scanRange(
  scan: Scan,
  before: number | undefined,
  points: Set<number>,
): ReturnType<typeof invalid> | undefined {
  if (before === undefined) return invalid(scan, "range character '-' must be preceded by a Unicode character");
  if (scan.at >= scan.characters.length - 1) {
    return invalid(scan, "range character '-' must be followed by a Unicode character");
  }
  const character = scan.characters[scan.at];
  if (character === ']' || character === '-') {
    return invalid(scan, "range character '-' cannot be followed by a special symbol");
  }
  if (character === '\\') scan.at += 1;
  const last = pointAt(scan, scan.at);
  scan.at += 1;
  if (last < before) return invalid(scan, 'range is out of order');
  if (last - before > MAX_SET) return invalid(scan, `a range of more than ${MAX_SET} characters`);
  for (let point = before; point <= last; point += 1) points.add(point);
  return undefined;
}

/** Of two equal flagged tokens next to each other one is enough. */
function simplify(tokens: readonly Token[]): Token[] {
  const simple: Token[] = [];
  for (const token of tokens) {
    const last = simple.at(-1);
    if (last !== undefined && last.flag !== '' && token.flag !== '' && samePoints(last, token)) {
      last.flag = last.flag === '+' || token.flag === '+' ? '+' : '*';
    } else {
      simple.push({ ...token });
    }
  }
  return simple;
}

function samePoints(a: Token, b: Token): boolean {
  if (a.points === 'any' || b.points === 'any') return a.points === b.points;
  return a.points.size === b.points.size && a.points.isSubsetOf(b.points);
}

function overlaps(a: Token, b: Token): boolean {
  if (a.points === 'any' || b.points === 'any') return true;
  return !a.points.isDisjointFrom(b.points);
}

function intersect(a: readonly Token[], b: readonly Token[]): boolean {
  return new Intersection(a, b).fromStart();
}

/**
 * The search of the library that OPA uses, which knows what it found at each pair of places: it takes time with the
 * product of the lengths, and misses some strings that skip a starred token, as OPA does.
 */
class Intersection {
  readonly #left: readonly Token[];
  readonly #right: readonly Token[];
  readonly #known = new Map<string, boolean>();

  constructor(left: readonly Token[], right: readonly Token[]) {
    this.#left = left;
    this.#right = right;
  }

  /** Plain tokens at both ends must overlap one by one; the rest is searched with one of them left at each end. */
  fromStart(): boolean {
    const [left, right] = [this.#left, this.#right];
    let start = 0;
    while (this.#isPlainPair(left[start], right[start])) {
      if (!overlaps(left[start] as Token, right[start] as Token)) return false;
      start += 1;
    }
    start = Math.max(start - 1, 0);
    let [endLeft, endRight] = [left.length - 1, right.length - 1];
    while (endLeft >= start && endRight >= start && this.#isPlainPair(left[endLeft], right[endRight])) {
      if (!overlaps(left[endLeft] as Token, right[endRight] as Token)) return false;
      endLeft -= 1;
      endRight -= 1;
    }
    const spare = endLeft < left.length - 1 ? 1 : 0;
    const [shortLeft, shortRight] = [left.slice(start, endLeft + 1 + spare), right.slice(start, endRight + 1 + spare)];
    return new Intersection(shortLeft, shortRight).#normal(0, 0, false);
  }

  #isPlainPair(a: Token | undefined, b: Token | undefined): boolean {
    return a !== undefined && b !== undefined && a.flag === '' && b.flag === '';
  }

  /** `swapped`: the first place is one of the right pattern. */
  #normal(first: number, second: number, swapped: boolean): boolean {
    const [a, b] = swapped ? [this.#right, this.#left] : [this.#left, this.#right];
    let [i, j] = [first, second];
    for (; i < a.length && j < b.length; i += 1, j += 1) {
      const [x, y] = [a[i] as Token, b[j] as Token];
      if (x.flag !== '') return this.#flagged(i, j, swapped);
      if (y.flag !== '') return this.#flagged(j, i, !swapped);
      if (!overlaps(x, y)) return false;
    }
    return i === a.length && j === b.length;
  }

  /** The token at the first place has a flag. */
  #flagged(first: number, second: number, swapped: boolean): boolean {
    const [a, b] = swapped ? [this.#right, this.#left] : [this.#left, this.#right];
    const [x, y] = [a[first] as Token, b[second] as Token];
    if (x.flag === '*') return this.#star(first, second, swapped);
    if (!overlaps(x, y)) return false;
    return this.#star(first, second + 1, swapped) || (y.flag !== '' && this.#normal(first + 1, second, swapped));
  }

  #star(first: number, second: number, swapped: boolean): boolean {
    const key = `${first} ${second} ${swapped}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#searchStar(first, second, swapped);
    this.#known.set(key, found);
    return found;
  }

  /** The token takes in what overlaps it, until what follows it fits all the way. */
  #searchStar(first: number, second: number, swapped: boolean): boolean {
    const [a, b] = swapped ? [this.#right, this.#left] : [this.#left, this.#right];
    const [star, next] = [a[first] as Token, a[first + 1]];
    for (let at = second; at < b.length; at += 1) {
      const token = b[at] as Token;
      if (next !== undefined && overlaps(token, next) && this.#normal(first + 1, at, swapped)) return true;
      if (!overlaps(token, star)) return false;
    }
    return next === undefined;
  }
}
