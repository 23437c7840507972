/**
 * Regular expressions that JavaScript's own engine runs in linear time: those where the next character always decides
 * which way to go, so that going back finds nothing. It is fifty times as fast as the library, which takes all others.
 */
import { areDisjoint, parseSimpleRegex, type CharacterSet, type RegexNode, type SimpleRegex } from './regex-syntax.ts';

/** Beyond this the engine's stack of places to go back to may not do. */
const MAX_ANCHORED = 1_000_000;

/** A place in an expression, where it takes a character. */
type Place = { readonly set: CharacterSet; readonly follow: Set<Place> };

type Part = {
  readonly first: readonly Place[];
  readonly last: readonly Place[];
  readonly nullable: boolean;
};

/** Copies of counted parts included: more is not worth it. */
const MAX_PLACES = 400;

/** Where any start is tried, the time grows with the square of the text: of this length it is less than a millisecond. */
const MAX_UNANCHORED = 512;

/** The expression is too large, or there may be two ways through it. */
class Unfit {
  readonly kind = 'unfit';
}

/** How long a text `test` may be given; undefined where an expression may take longer than that. */
export type NativeRegex = { readonly test: RegExp; readonly maxLength: number };

export function nativeRegex(text: string): NativeRegex | undefined {
  const parsed = parseSimpleRegex(text);
  if (parsed === undefined) return undefined;
  const places: Place[] = [];
  const whole = analyze(parsed.body, places);
  if (whole instanceof Unfit || !isDeterministic(whole, places)) return undefined;
  return { test: new RegExp(source(parsed), 'u'), maxLength: parsed.anchoredStart ? MAX_ANCHORED : MAX_UNANCHORED };
}

function isDeterministic(whole: Part, places: readonly Place[]): boolean {
  return areApart(whole.first) && places.every(({ follow }) => areApart([...follow]));
}

function areApart(places: readonly Place[]): boolean {
  return places.every((place, index) => places.slice(index + 1).every((other) => areDisjoint(place.set, other.set)));
}

/** False: a place is reached from another in two ways already, as in `(a+)+`, which would be tried in turn. */
function connect(from: readonly Place[], to: readonly Place[]): boolean {
  for (const place of from) {
    for (const next of to) {
      if (place.follow.has(next)) return false;
      place.follow.add(next);
    }
  }
  return true;
}

const NOTHING: Part = { first: [], last: [], nullable: true };

function analyze(node: RegexNode, places: Place[]): Part | Unfit {
  switch (node.kind) {
    case 'set': {
      const place: Place = { set: node.set, follow: new Set() };
      if (places.push(place) > MAX_PLACES) return new Unfit();
      return { first: [place], last: [place], nullable: false };
    }
    case 'sequence':
      return analyzeAll(node.items, places);
    case 'either':
      return analyzeEither(node.branches, places);
    case 'repeat':
      return analyzeRepeat(node, places);
  }
}

function analyzeAll(items: readonly RegexNode[], places: Place[]): Part | Unfit {
  let whole = NOTHING;
  for (const item of items) {
    const part = analyze(item, places);
    if (part instanceof Unfit) return part;
    if (!connect(whole.last, part.first)) return new Unfit();
    whole = join(whole, part);
  }
  return whole;
}

function join(a: Part, b: Part): Part {
  return {
    first: a.nullable ? [...a.first, ...b.first] : a.first,
    last: b.nullable ? [...a.last, ...b.last] : b.last,
    nullable: a.nullable && b.nullable,
  };
}

function analyzeEither(branches: readonly RegexNode[], places: Place[]): Part | Unfit {
  const parts: Part[] = [];
  for (const branch of branches) {
    const part = analyze(branch, places);
    if (part instanceof Unfit) return part;
    parts.push(part);
  }
  if (parts.filter(({ nullable }) => nullable).length > 1) return new Unfit();
  return {
    first: parts.flatMap(({ first }) => first),
    last: parts.flatMap(({ last }) => last),
    nullable: parts.some(({ nullable }) => nullable),
  };
}

function analyzeRepeat(node: Extract<RegexNode, { readonly kind: 'repeat' }>, places: Place[]): Part | Unfit {
  // A fixed number is as many copies; of a range, one that may follow itself stands for all.
  if (node.least === node.most)
    return analyzeAll(
      Array.from({ length: node.least }, () => node.item),
      places,
    );
  const part = analyze(node.item, places);
  if (part instanceof Unfit) return part;
  // Something empty any number of times is what engines disagree about.
  if (part.nullable) return new Unfit();
  if (node.most > 1 && !connect(part.last, part.first)) return new Unfit();
  return { ...part, nullable: node.least === 0 };
}

function source({ body, anchoredStart, anchoredEnd }: SimpleRegex): string {
  return `${anchoredStart ? '^' : ''}${sourceOf(body)}${anchoredEnd ? '$' : ''}`;
}

function sourceOf(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return `[${node.set.map(([low, high]) => `${point(low)}-${point(high)}`).join('')}]`;
    case 'sequence':
      return node.items.map(sourceOf).join('');
    case 'either':
      return `(?:${node.branches.map(sourceOf).join('|')})`;
    case 'repeat': {
      const most = node.most === Infinity ? '' : node.most;
      return `(?:${sourceOf(node.item)}){${node.least},${most}}`;
    }
  }
}

function point(value: number): string {
  return `\\u{${value.toString(16)}}`;
}
