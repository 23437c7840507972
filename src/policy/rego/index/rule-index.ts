/**
 * Which definitions of a rule set may have a solution, found by the values of a few places instead of by evaluating them
 * all. A tree: each node reads one place, and goes where its value leads.
 */
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Definition } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { type Guard, guardsOf, type Place } from './guards.ts';

/** The value of a place in an evaluation, or undefined. */
export type Reader = (evaluation: Evaluation, ...values: readonly RegoValue[]) => RegoValue | undefined;

export type IndexNode =
  /** Numbers of definitions, in their order. */
  | { readonly kind: 'leaf'; readonly definitions: readonly number[] }
  | {
      readonly kind: 'branch';
      readonly read: Reader;
      readonly byValue: ReadonlyMap<unknown, IndexNode>;
      /** Lengths of the beginnings that `byValue` is keyed by, the longest first; absent: whole values. */
      readonly lengths: readonly number[] | undefined;
      /** For all other values. */
      readonly otherwise: IndexNode;
    };

/** So few are evaluated sooner than told apart. */
const SMALL = 3;
const MAX_DEPTH = 5;

/** The definitions that the index leaves over. */
export function definitionsFor(root: IndexNode, evaluation: Evaluation, ...values: RegoValue[]): readonly number[] {
  let node = root;
  while (node.kind === 'branch') {
    const value = node.read(evaluation, ...values);
    node = (node.lengths === undefined ? node.byValue.get(value) : longest(node, value)) ?? node.otherwise;
  }
  return node.definitions;
}

function longest(node: IndexNode & { kind: 'branch' }, value: RegoValue | undefined): IndexNode | undefined {
  if (typeof value !== 'string') return undefined;
  for (const length of node.lengths ?? []) {
    if (length > value.length) continue;
    const found = node.byValue.get(value.slice(0, length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `undefined`: no place tells enough of the definitions apart. */
export function indexDefinitions(
  definitions: readonly Definition[],
  readerOf: (place: Place) => Reader,
): IndexNode | undefined {
  const guards = definitions.map((definition) => new Map(guardsOf(definition).map((guard) => [idOf(guard), guard])));
  const all = definitions.map((_, number) => number);
  const builder = new IndexBuilder(guards, readerOf, definitions.length * 16);
  const root = builder.build(all, 0);
  return root.kind === 'leaf' ? undefined : root;
}

function idOf({ kind, place }: Guard): string {
  return JSON.stringify([kind, place.root, place.path]);
}

type Split = {
  readonly guard: Guard;
  readonly groups: ReadonlyMap<unknown, readonly number[]>;
  readonly free: readonly number[];
};

class IndexBuilder {
  readonly #guards: readonly ReadonlyMap<string, Guard>[];
  readonly #readerOf: (place: Place) => Reader;
  readonly #readers = new Map<string, Reader>();
  /** How many entries leaves may have in all: definitions that a place says nothing about stand below each of its values. */
  #room: number;

  constructor(guards: readonly ReadonlyMap<string, Guard>[], readerOf: (place: Place) => Reader, room: number) {
    this.#guards = guards;
    this.#readerOf = readerOf;
    this.#room = room;
  }

  build(numbers: readonly number[], depth: number): IndexNode {
    const split = numbers.length > SMALL && depth < MAX_DEPTH ? this.#bestSplit(numbers) : undefined;
    if (split === undefined) {
      this.#room -= numbers.length;
      return { kind: 'leaf', definitions: numbers };
    }
    const { guard, groups, free } = split;
    const byValue = new Map([...groups].map(([value, group]) => [value, this.build(group, depth + 1)]));
    const lengths = guard.kind === 'equals' ? undefined : lengthsOf(groups.keys() as Iterable<string>);
    const read = this.#reader(guard.place);
    return { kind: 'branch', read, byValue, lengths, otherwise: this.build(free, depth + 1) };
  }

  #reader(place: Place): Reader {
    const id = JSON.stringify([place.root, place.path]);
    let reader = this.#readers.get(id);
    if (reader === undefined) this.#readers.set(id, (reader = this.#readerOf(place)));
    return reader;
  }

  /** The one that leaves the fewest definitions over, on average of its values. */
  #bestSplit(numbers: readonly number[]): Split | undefined {
    const ids = new Map<string, number>();
    for (const number of numbers) {
      for (const id of (this.#guards[number] as ReadonlyMap<string, Guard>).keys()) ids.set(id, (ids.get(id) ?? 0) + 1);
    }
    let best: Split | undefined;
    let least = numbers.length * 0.8;
    for (const [id, count] of ids) {
      if (count * 2 < numbers.length) continue;
      const split = this.#splitBy(id, numbers);
      const sizes = [...split.groups.values()].map((group) => group.length);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total > this.#room || total / sizes.length >= least) continue;
      [best, least] = [split, total / sizes.length];
    }
    return best;
  }

  #splitBy(id: string, numbers: readonly number[]): Split {
    const free = numbers.filter((number) => !this.#guardsOfNumber(number).has(id));
    const guarded = numbers.flatMap((number) => {
      const guard = this.#guardsOfNumber(number).get(id);
      return guard === undefined ? [] : [{ number, guard }];
    });
    const { guard } = guarded[0] as (typeof guarded)[number];
    const groups = new Map<unknown, number[]>();
    for (const each of guarded) {
      for (const value of each.guard.values) {
        const group = groups.get(value);
        if (group === undefined) groups.set(value, [each.number]);
        else if (group.at(-1) !== each.number) group.push(each.number);
      }
    }
    if (guard.kind === 'startsWith') addShorter(groups as Map<string, number[]>);
    return { guard, free, groups: new Map([...groups].map(([value, group]) => [value, inOrder(group, free)])) };
  }

  #guardsOfNumber(number: number): ReadonlyMap<string, Guard> {
    return this.#guards[number] as ReadonlyMap<string, Guard>;
  }
}

/** What begins with the longer of two beginnings begins with the shorter one as well. */
function addShorter(groups: Map<string, number[]>): void {
  const own = new Map([...groups].map(([beginning, group]) => [beginning, [...group]]));
  const lengths = lengthsOf(own.keys());
  for (const [beginning, group] of groups) {
    for (const length of lengths) {
      if (length < beginning.length) group.push(...(own.get(beginning.slice(0, length)) ?? []));
    }
  }
}

function lengthsOf(beginnings: Iterable<string>): readonly number[] {
  return [...new Set(Array.from(beginnings, (beginning) => beginning.length))].sort((a, b) => b - a);
}

function inOrder(some: readonly number[], others: readonly number[]): readonly number[] {
  return [...new Set([...some, ...others])].sort((a, b) => a - b);
}
