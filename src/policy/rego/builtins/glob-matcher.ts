/** Glob patterns compiled to functions that take linear time for each wildcard, whatever the text. */
import type { GlobNode } from './glob-pattern.ts';

export type GlobMatcher = (text: string) => boolean;

type Simple = Exclude<GlobNode, { readonly kind: 'either' }>;

export function compileGlob(nodes: readonly GlobNode[], separators: readonly string[]): GlobMatcher {
  const sequences = expand(nodes);
  if (sequences === undefined) return simulation(nodes, separators);
  const [only, ...others] = sequences.map((sequence) => compileSequence(mergeTexts(sequence), separators));
  if (only === undefined) return () => false;
  return others.length === 0 ? only : (text) => only(text) || others.some((matches) => matches(text));
}

/** So many sequences are tried one after the other; more, and all ways at once are faster. */
const MAX_SEQUENCES = 16;

/** The sequences without alternatives that a pattern stands for; undefined: too many. */
function expand(nodes: readonly GlobNode[]): readonly (readonly Simple[])[] | undefined {
  let sequences: readonly (readonly Simple[])[] = [[]];
  for (const node of nodes) {
    const ends = node.kind === 'either' ? expandAll(node.branches) : [[node]];
    if (ends === undefined || sequences.length * ends.length > MAX_SEQUENCES) return undefined;
    sequences = sequences.flatMap((start) => ends.map((end) => [...start, ...end]));
  }
  return sequences;
}

function expandAll(branches: readonly (readonly GlobNode[])[]): readonly (readonly Simple[])[] | undefined {
  const all: (readonly Simple[])[] = [];
  for (const branch of branches) {
    const sequences = expand(branch);
    if (sequences === undefined || all.length + sequences.length > MAX_SEQUENCES) return undefined;
    all.push(...sequences);
  }
  return all;
}

function compileSequence(nodes: readonly Simple[], separators: readonly string[]): GlobMatcher {
  if (!isSequence(nodes, separators)) return simulation(nodes, separators);
  const [first, second] = nodes;
  if (nodes.length === 1 && first?.kind === 'text') return (text) => text === first.text;
  if (nodes.length === 2 && first?.kind === 'text' && second?.kind === 'star') {
    return prefixMatcher(first.text, second.crosses ? [] : separators);
  }
  if (nodes.length === 2 && first?.kind === 'star' && second?.kind === 'text') {
    return suffixMatcher(second.text, first.crosses ? [] : separators);
  }
  return (text) => matchSequence(nodes, text, separators);
}

function containsNone(text: string, from: number, to: number, separators: readonly string[]): boolean {
  for (const separator of separators) {
    const at = text.indexOf(separator, from);
    if (at >= 0 && at < to) return false;
  }
  return true;
}

function prefixMatcher(prefix: string, separators: readonly string[]): GlobMatcher {
  return (text) => text.startsWith(prefix) && containsNone(text, prefix.length, text.length, separators);
}

function suffixMatcher(suffix: string, separators: readonly string[]): GlobMatcher {
  return (text) => text.endsWith(suffix) && containsNone(text, 0, text.length - suffix.length, separators);
}

function mergeTexts(nodes: readonly Simple[]): readonly Simple[] {
  const merged: Simple[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (node.kind === 'text' && last?.kind === 'text') {
      merged[merged.length - 1] = { kind: 'text', text: last.text + node.text };
    } else {
      merged.push(node);
    }
  }
  return merged;
}

/**
 * Whether the last star alone need be tried again: not where a class may match a separator, since an earlier star might
 * then have had to stop elsewhere.
 */
function isSequence(nodes: readonly Simple[], separators: readonly string[]): boolean {
  return nodes.every(
    (node) => node.kind !== 'class' || !separators.some((separator) => inClass(node, separator.codePointAt(0) ?? 0)),
  );
}

function inClass(node: Extract<GlobNode, { readonly kind: 'class' }>, point: number): boolean {
  const isListed = node.ranges.some(([low, high]) => low <= point && point <= high);
  return isListed !== node.negated;
}

function isSeparator(point: number, separators: readonly string[]): boolean {
  for (const separator of separators) if (separator.codePointAt(0) === point) return true;
  return false;
}

/** The units that `node` takes at `at`, -1: it does not match there. Not for stars. */
function take(
  node: Exclude<Simple, { readonly kind: 'star' }>,
  text: string,
  at: number,
  separators: readonly string[],
): number {
  if (node.kind === 'text') return text.startsWith(node.text, at) ? node.text.length : -1;
  const point = text.codePointAt(at);
  if (point === undefined) return -1;
  const matches = node.kind === 'class' ? inClass(node, point) : !isSeparator(point, separators);
  if (!matches) return -1;
  return point > 0xffff ? 2 : 1;
}

const CHARACTER = { kind: 'character' } as const;

/** Greedy from the left: the last star takes one more when what follows fails, and the last `**` when that may not. */
function matchSequence(nodes: readonly Simple[], text: string, separators: readonly string[]): boolean {
  let [node, at] = [0, 0];
  let [starNode, starAt, superNode, superAt] = [-1, 0, -1, 0];
  for (;;) {
    const current = nodes[node];
    if (current === undefined && at === text.length) return true;
    if (current?.kind === 'star') {
      node += 1;
      if (current.crosses) [superNode, superAt, starNode] = [node, at, -1];
      else [starNode, starAt] = [node, at];
      continue;
    }
    const taken = current === undefined ? -1 : take(current, text, at, separators);
    if (taken >= 0) {
      node += 1;
      at += taken;
      continue;
    }
    const grown = starNode < 0 ? -1 : take(CHARACTER, text, starAt, separators);
    if (grown > 0) {
      starAt += grown;
      [node, at] = [starNode, starAt];
    } else if (superNode >= 0 && superAt < text.length) {
      superAt += (text.codePointAt(superAt) ?? 0) > 0xffff ? 2 : 1;
      [node, at, starNode] = [superNode, superAt, -1];
    } else {
      return false;
    }
  }
}

/** One step of the automaton that a tree becomes: it takes a character, goes several ways, or has matched. */
type Step =
  | { readonly kind: 'take'; readonly matches: (point: number) => boolean; readonly next: number }
  | { readonly kind: 'fork'; readonly nexts: readonly number[] }
  | { readonly kind: 'end' };

/** All ways at once: the steps that the text so far leads to, a character at a time. */
function simulation(nodes: readonly GlobNode[], separators: readonly string[]): GlobMatcher {
  const steps: Step[] = [{ kind: 'end' }];
  const start = build(nodes, 0, steps, new Set(separators.map((separator) => separator.codePointAt(0) ?? 0)));
  return (text) => {
    let active = closure([start], steps);
    for (let at = 0; at < text.length && active.size > 0;) {
      const point = text.codePointAt(at) ?? 0;
      at += point > 0xffff ? 2 : 1;
      const nexts: number[] = [];
      for (const index of active) {
        const step = steps[index];
        if (step?.kind === 'take' && step.matches(point)) nexts.push(step.next);
      }
      active = closure(nexts, steps);
    }
    return active.has(0);
  };
}

function closure(from: readonly number[], steps: readonly Step[]): ReadonlySet<number> {
  const reached = new Set(from);
  for (const index of reached) {
    const step = steps[index];
    if (step?.kind === 'fork') for (const next of step.nexts) reached.add(next);
  }
  return reached;
}

/** Adds the steps of a sequence that goes on at `after`, and gives where it begins. */
function build(nodes: readonly GlobNode[], after: number, steps: Step[], separators: ReadonlySet<number>): number {
  let next = after;
  for (const node of nodes.toReversed()) {
    switch (node.kind) {
      case 'text':
        for (const character of Array.from(node.text).toReversed()) {
          const wanted = character.codePointAt(0);
          next = steps.push({ kind: 'take', matches: (point) => point === wanted, next }) - 1;
        }
        break;
      case 'character':
        next = steps.push({ kind: 'take', matches: (point) => !separators.has(point), next }) - 1;
        break;
      case 'class':
        next = steps.push({ kind: 'take', matches: (point) => inClass(node, point), next }) - 1;
        break;
      case 'star': {
        const fork = steps.length;
        const matches = node.crosses ? (): boolean => true : (point: number): boolean => !separators.has(point);
        steps.push({ kind: 'fork', nexts: [fork + 1, next] }, { kind: 'take', matches, next: fork });
        next = fork;
        break;
      }
      case 'either': {
        const nexts = node.branches.map((branch) => build(branch, next, steps, separators));
        next = steps.push({ kind: 'fork', nexts }) - 1;
        break;
      }
    }
  }
  return next;
}
