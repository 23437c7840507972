/** References as closures: a walk into a value, which goes everywhere where its path has a variable that is not bound. */
import { isBound } from '../check/equations.ts';
import type { Surroundings } from '../evaluate/back-end.ts';
import { childAt, documentAt, givenAt, isSet, keysAt } from '../evaluate/documents.ts';
import { keysOf } from '../evaluate/elements.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { keyCount } from '../evaluate/keyed-rule.ts';
import { type RuleNode, ruleKey } from '../evaluate/rule-tree.ts';
import type { Pattern, Reference, RuleSet } from '../program.ts';
import { get } from '../values/access.ts';
import type { RegoValue } from '../values/value.ts';
import type { Frame } from './observer.ts';
import { build, type Build, unify, type Unify } from './patterns.ts';
import { countStep, type Give } from './solve.ts';

/** Adds to `bound` what the path binds. */
export function compileReference({ root, path }: Reference, bound: Set<number>, surroundings: Surroundings): Give {
  switch (root.kind) {
    case 'local': {
      const { id } = root;
      return walked((frame) => frame[id], compilePath(path, bound));
    }
    case 'input':
      return walked((_, evaluation) => evaluation.input, compilePath(path, bound));
    case 'data':
      return compileDocument(path, bound, surroundings);
  }
}

/** One part of a path: a key that is known, or every key that the pattern takes. */
type Part = { readonly kind: 'key'; readonly key: Build } | { readonly kind: 'each'; readonly accept: Unify };

function compilePath(path: readonly Pattern[], bound: Set<number>): readonly Part[] {
  return path.map((part) => compilePart(part, bound));
}

function compilePart(part: Pattern, bound: Set<number>): Part {
  if (isBound(part, bound)) return { kind: 'key', key: build(part) };
  return { kind: 'each', accept: unify(part, bound) };
}

type From = (frame: Frame, evaluation: Evaluation) => RegoValue | undefined;

function walked(from: From, parts: readonly Part[]): Give {
  if (parts.some(({ kind }) => kind === 'each')) {
    return {
      kind: 'many',
      each: (frame, evaluation, take) => walk(from(frame, evaluation), parts, 0, frame, evaluation, take),
    };
  }
  const keys = parts.flatMap((part) => (part.kind === 'key' ? [part.key] : []));
  return {
    kind: 'one',
    value: (frame, evaluation) => {
      let value = from(frame, evaluation);
      for (const key of keys) {
        if (value === undefined) return undefined;
        value = get(value, key(frame));
      }
      return value;
    },
  };
}

function walk(
  from: RegoValue | undefined,
  parts: readonly Part[],
  start: number,
  frame: Frame,
  evaluation: Evaluation,
  take: (value: RegoValue) => boolean,
): boolean {
  if (from === undefined) return false;
  const part = parts[start];
  if (part === undefined) return take(from);
  const next = (key: RegoValue): boolean => walk(get(from, key), parts, start + 1, frame, evaluation, take);
  if (part.kind === 'key') return next(part.key(frame));
  const keys = keysOf(from);
  if (keys === undefined) return false;
  return keys.some((each, index) => {
    countStep(evaluation);
    // An array is its own list of keys.
    const key = keys === from ? index : each;
    return part.accept(frame, key) && next(key);
  });
}

/** As far as the path is constant, it is known which rules stand there. */
function compileDocument(path: readonly Pattern[], bound: Set<number>, surroundings: Surroundings): Give {
  let node: RuleNode | undefined = surroundings.tree;
  const names: string[] = [];
  for (const part of path) {
    if (node === undefined || node.rule !== undefined) break;
    if (part.kind !== 'constant' || typeof part.value !== 'string') break;
    names.push(part.value);
    node = node.children.get(part.value);
  }
  const rest = path.slice(names.length);
  const given: From = (_, evaluation) => {
    let value: RegoValue | undefined = evaluation.data;
    for (const name of names) value = value === undefined ? undefined : get(value, name);
    return value;
  };
  // No rule stands there: only what was given.
  if (node === undefined) return compileGiven(given, rest, bound);
  const at = node;
  if (at.rule !== undefined) return compileRule(at, at.rule, given, rest, bound, surroundings);
  const [next, ...after] = rest;
  if (next === undefined) {
    return walked(
      (frame, evaluation) => documentAt(evaluation, at, given(frame, evaluation)),
      compilePath(rest, bound),
    );
  }
  return compileChild(at, given, compilePart(next, bound), compilePath(after, bound));
}

function compileGiven(given: From, path: readonly Pattern[], bound: Set<number>): Give {
  const unbound = path.findIndex((part) => !isBound(part, bound));
  const known = unbound < 0 ? path.length : unbound;
  const keys = path.slice(0, known).map(build);
  const from: From = (frame, evaluation) => {
    let value = given(frame, evaluation);
    for (const key of keys) value = value === undefined ? undefined : givenAt(evaluation, value, key(frame));
    return value;
  };
  return walked(from, compilePath(path.slice(known), bound));
}

/** At a rule, or below it: a partial rule is asked for the keys that are known. */
function compileRule(
  node: RuleNode,
  rule: number,
  given: From,
  path: readonly Pattern[],
  bound: Set<number>,
  { program }: Surroundings,
): Give {
  const set = program.rules.get(ruleKey(node.path)) as RuleSet;
  const unbound = path.findIndex((part) => !isBound(part, bound));
  const keys = path.slice(0, Math.min(keyCount(set), unbound < 0 ? path.length : unbound)).map(build);
  const from: From = (frame, evaluation) => {
    if (keys.length === 0 || isSet(evaluation, node.path))
      return documentAt(evaluation, node, given(frame, evaluation));
    return evaluation.ruleAt(rule, ...keys.map((key) => key(frame)));
  };
  return walked(from, compilePath(path, bound));
}

/** Below a package, at a key that only evaluation knows: that rule alone is evaluated, not the whole package. */
function compileChild(node: RuleNode, given: From, part: Part, after: readonly Part[]): Give {
  if (part.kind === 'key') {
    const { key } = part;
    return walked((frame, evaluation) => childAt(evaluation, node, given(frame, evaluation), key(frame)), after);
  }
  const { accept } = part;
  return {
    kind: 'many',
    each: (frame, evaluation, take) => {
      const own = given(frame, evaluation);
      return keysAt(evaluation, node, own).some((key) => {
        countStep(evaluation);
        if (!accept(frame, key)) return false;
        return walk(childAt(evaluation, node, own, key), after, 0, frame, evaluation, take);
      });
    },
  };
}
