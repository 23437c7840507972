/** Many strings at once: matches of any prefix or suffix, and replacements of many patterns. */
import { entriesOf } from '../values/access.ts';
import { isArray, isObject, RegoSet, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { stringsOperand } from './operand.ts';
import { operandError, operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';

function stringOrStrings(position: number, value: RegoValue): readonly string[] | BuiltinError {
  if (typeof value === 'string') return [value];
  if (isArray(value) || value instanceof RegoSet) return stringsOperand(position, value);
  return operandTypeError(position, value, 'string', 'set', 'array');
}

type Side = {
  readonly holds: (text: string, affix: string) => boolean;
  /** The prefix or suffix of that length. */
  readonly cut: (text: string, length: number) => string;
};

const PREFIX: Side = {
  holds: (text, affix) => text.startsWith(affix),
  cut: (text, length) => text.slice(0, length),
};

const SUFFIX: Side = {
  holds: (text, affix) => text.endsWith(affix),
  cut: (text, length) => text.slice(text.length - length),
};

function anyMatch(texts: RegoValue, affixes: RegoValue, side: Side): BuiltinOutcome {
  const searched = stringOrStrings(1, texts);
  if (searched instanceof BuiltinError) return searched;
  const wanted = stringOrStrings(2, affixes);
  if (wanted instanceof BuiltinError) return wanted;
  return searched.some((text) => {
    // Looking up every prefix of a text is less than trying every member of a set that is larger.
    if (affixes instanceof RegoSet && affixes.size > text.length) return hasAffixIn(text, affixes, side);
    return wanted.some((affix) => side.holds(text, affix));
  });
}

function hasAffixIn(text: string, affixes: RegoSet, side: Side): boolean {
  for (let length = 0; length <= text.length; length += 1) if (affixes.has(side.cut(text, length))) return true;
  return false;
}

function replaceMany(patterns: RegoValue, text: RegoValue): BuiltinOutcome {
  if (!isObject(patterns)) return operandTypeError(1, patterns, 'object');
  if (typeof text !== 'string') return operandTypeError(2, text, 'string');
  const pairs: Replacement[] = [];
  for (const [old, replacement] of entriesOf(patterns)) {
    if (typeof old !== 'string') return operandError(1, 'non-string key found in pattern object');
    if (typeof replacement !== 'string') return operandError(1, 'non-string value found in pattern object');
    pairs.push([old, replacement]);
  }
  return replaceAllOf(text, pairs);
}

type Replacement = readonly [old: string, replacement: string];

/** By the next unit of the text; `end` is there where a pattern ends. */
type TrieNode = {
  readonly next: Map<number, TrieNode>;
  end: { readonly rank: number; readonly pair: Replacement } | undefined;
};

function trieOf(pairs: readonly Replacement[]): TrieNode {
  const root: TrieNode = { next: new Map(), end: undefined };
  for (const [rank, pair] of pairs.entries()) {
    const [old] = pair;
    let node = root;
    for (let index = 0; index < old.length; index += 1) {
      const unit = old.charCodeAt(index);
      const next: TrieNode = node.next.get(unit) ?? { next: new Map(), end: undefined };
      node.next.set(unit, next);
      node = next;
    }
    if (node !== root) node.end = { rank, pair };
  }
  return root;
}

/** Of all patterns that stand there, the first by rank. */
function firstMatch(root: TrieNode, text: string, at: number): TrieNode['end'] {
  let best: TrieNode['end'];
  let node = root.next.get(text.charCodeAt(at));
  for (let index = at + 1; node !== undefined; index += 1) {
    if (node.end !== undefined && (best === undefined || node.end.rank < best.rank)) best = node.end;
    node = node.next.get(text.charCodeAt(index));
  }
  return best;
}

/** From left to right, never in what was replaced; where several match, the first of them in Rego's order. */
function replaceAllOf(text: string, pairs: readonly Replacement[]): string {
  const empty = pairs.find(([old]) => old === '');
  const root = trieOf(pairs);
  let [result, at, afterEmpty] = ['', 0, false];
  while (at <= text.length) {
    // The empty pattern comes before all others, but not twice at one place.
    if (empty !== undefined && !afterEmpty) {
      result += empty[1];
      afterEmpty = true;
      continue;
    }
    const found = firstMatch(root, text, at);
    if (found !== undefined) {
      result += found.pair[1];
      at += found.pair[0].length;
    } else {
      const next = at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
      result += text.slice(at, next);
      at = next;
    }
    afterEmpty = false;
  }
  return result;
}

const STRINGS: RegoType = { anyOf: ['string', { array: 'string' }, { set: 'string' }] };

export const STRING_MATCH_BUILTINS: readonly Builtin[] = [
  {
    name: 'strings.any_prefix_match',
    parameters: [STRINGS, STRINGS],
    result: 'boolean',
    call: (_, a, b) => anyMatch(a, b, PREFIX),
  },
  {
    name: 'strings.any_suffix_match',
    parameters: [STRINGS, STRINGS],
    result: 'boolean',
    call: (_, a, b) => anyMatch(a, b, SUFFIX),
  },
  {
    name: 'strings.replace_n',
    parameters: [{ object: { values: 'string' } }, 'string'],
    result: 'string',
    call: (_, a, b) => replaceMany(a, b),
  },
];
