/** References to text: steps into values, loops over their elements, and documents that rules and data share. */
import { isBound } from '../check/equations.ts';
import type { Surroundings } from '../evaluate/back-end.ts';
import { keyCount } from '../evaluate/keyed-rule.ts';
import { type RuleNode, ruleKey } from '../evaluate/rule-tree.ts';
import type { Pattern, Reference, RuleSet } from '../program.ts';
import { localsOf } from './locals.ts';
import { build, local, unify } from './patterns.ts';
import type { Scope, Value } from './scope.ts';
import type { Writer } from './writer.ts';

/** Names that a value's class or prototype has: read as own properties only. */
const INHERITED: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Array.prototype),
  ...Object.getOwnPropertyNames(String.prototype),
  ...Object.getOwnPropertyNames(Number.prototype),
  ...Object.getOwnPropertyNames(BigInt.prototype),
]);

export class ReferenceEmitter {
  readonly #writer: Writer;
  readonly #around: Surroundings;
  /** Locals that nothing else refers to: a loop need not bind them. */
  readonly #unused: ReadonlySet<number>;

  constructor(writer: Writer, around: Surroundings, unused: ReadonlySet<number>) {
    this.#writer = writer;
    this.#around = around;
    this.#unused = unused;
  }

  /** The value of the whole reference; opens a loop for each part that is not bound yet. */
  emit({ root, path }: Reference, scope: Scope): Value {
    if (root.kind === 'data') return this.#document(path, scope);
    if (root.kind === 'input') return this.below(this.#input(scope), path, scope);
    return this.below({ name: local(root.id), depth: scope.depthOfAll([root.id]) }, path, scope);
  }

  #input(scope: Scope): Value {
    const value = { name: this.#writer.let(`${scope.evaluation}.input`), depth: scope.depthOfAll([]) };
    return this.#defined(value, scope);
  }

  /** The value at a path below another one. */
  below(from: Value, path: readonly Pattern[], scope: Scope): Value {
    let value = from;
    for (const part of path) value = this.#step(value, part, scope);
    return value;
  }

  #step(value: Value, part: Pattern, scope: Scope): Value {
    if (!isBound(part, scope)) return this.each(value, part, scope);
    const { name } = value;
    const key = build(this.#writer, part);
    const depth = Math.max(value.depth, scope.depthOfAll(localsOf(part)));
    const isOwn = part.kind === 'constant' && typeof part.value === 'string' && !INHERITED.has(part.value);
    const next = isOwn
      ? this.#writer.let(`${name} === null || ${name} instanceof NonJson ? get(${name}, ${key}) : ${name}[${key}]`)
      : this.#writer.let(`get(${name}, ${key})`);
    return this.#defined({ name: next, depth }, scope);
  }

  /** Opens a loop over the elements, and unifies each key with the pattern; what has no elements fails. */
  each(value: Value, pattern: Pattern | undefined, scope: Scope): Value {
    const { name } = value;
    if (pattern === undefined || (pattern.kind === 'local' && this.#unused.has(pattern.id))) {
      const elements = this.#writer.let(`${scope.isOrdered ? 'elementsOf' : 'looseElementsOf'}(${name})`);
      this.#defined({ name: elements, depth: value.depth }, scope);
      const index = this.#loop(elements, scope);
      return { name: this.#writer.let(`${elements}[${index}]`), depth: scope.depth };
    }
    const keys = this.#writer.let(`${scope.isOrdered ? 'keysOf' : 'looseKeysOf'}(${name})`);
    this.#defined({ name: keys, depth: value.depth }, scope);
    const index = this.#loop(keys, scope);
    const { depth } = scope;
    // An array is its own list of keys: then the index is the key.
    const key = this.#writer.let(`${keys} === ${name} ? ${index} : ${keys}[${index}]`);
    const element = this.#writer.let(`${keys} === ${name} ? ${name}[${index}] : elementAt(${name}, ${key})`);
    unify(this.#writer, scope, pattern, { name: key, depth });
    return { name: element, depth };
  }

  #loop(list: string, scope: Scope): string {
    const [label, index] = [this.#writer.name('b'), this.#writer.name('i')];
    this.#writer.emit(`${label}: for (let ${index} = 0; ${index} < ${list}.length; ${index} += 1) {`);
    this.#writer.emit('if ((budget.left -= 1) < 0) budget.look();');
    scope.open({ next: `continue ${label};`, slot: this.#writer.slot() });
    return index;
  }

  /** A reference below `data`: as far as its path is constant, the compiler knows whether rules stand there. */
  #document(path: readonly Pattern[], scope: Scope): Value {
    const { evaluation } = scope;
    const ground = scope.depthOfAll([]);
    let node: RuleNode | undefined = this.#around.tree;
    let depth = 0;
    const names: string[] = [];
    while (node !== undefined && node.rule === undefined && depth < path.length) {
      const part: Pattern | undefined = path[depth];
      if (part?.kind !== 'constant' || typeof part.value !== 'string') break;
      names.push(part.value);
      node = node.children.get(part.value);
      depth += 1;
    }
    const rest = path.slice(depth);
    if (node === undefined) return this.#belowGiven(this.#given(names, scope), rest, scope);
    if (node.rule !== undefined) return this.#rule(node, node.rule, rest, scope);
    const given = this.#givenOrUndefined(names, scope);
    const at = this.#writer.constant(node);
    const [next, ...after] = rest;
    if (next === undefined) {
      const value = { name: this.#writer.let(`documentAt(${evaluation}, ${at}, ${given})`), depth: ground };
      return this.below(this.#defined(value, scope), rest, scope);
    }
    let key: Value;
    if (isBound(next, scope)) {
      key = { name: this.#writer.let(build(this.#writer, next)), depth: scope.depthOfAll(localsOf(next)) };
    } else {
      const keys = this.#writer.let(`keysAt(${evaluation}, ${at}, ${given})`);
      const index = this.#loop(keys, scope);
      key = { name: this.#writer.let(`${keys}[${index}]`), depth: scope.depth };
      unify(this.#writer, scope, next, key);
    }
    const child = this.#writer.let(`childAt(${evaluation}, ${at}, ${given}, ${key.name})`);
    return this.below(this.#defined({ name: child, depth: Math.max(ground, key.depth) }, scope), after, scope);
  }

  #belowGiven(from: Value, path: readonly Pattern[], scope: Scope): Value {
    const unbound = path.findIndex((part) => !isBound(part, scope));
    const known = unbound < 0 ? path : path.slice(0, unbound);
    let value = from;
    for (const part of known) {
      if (part.kind === 'constant' && typeof part.value === 'string') {
        value = this.#step(value, part, scope);
        continue;
      }
      const name = this.#writer.let(`givenAt(${scope.evaluation}, ${value.name}, ${build(this.#writer, part)})`);
      value = this.#defined({ name, depth: Math.max(value.depth, scope.depthOfAll(localsOf(part))) }, scope);
    }
    return this.below(value, path.slice(known.length), scope);
  }

  /** At a rule, or below it. */
  #rule(node: RuleNode, rule: number, path: readonly Pattern[], scope: Scope): Value {
    const { evaluation } = scope;
    const keys = this.#keysOf(node, path, scope);
    const depth = scope.depthOfAll(keys.flatMap(localsOf));
    let text = `${evaluation}.rule(${rule})`;
    if (keys.length > 0) {
      text = `${evaluation}.ruleAt(${[rule, ...keys.map((key) => build(this.#writer, key))].join(', ')})`;
    }
    if (this.#mayBeSet(node.path)) {
      const given = this.#givenOrUndefined(node.path, scope);
      text = `isSet(${evaluation}, ${this.#writer.constant(node.path)}) ? ${given} : ${text}`;
    }
    return this.below(this.#defined({ name: this.#writer.let(text), depth }, scope), path, scope);
  }

  /** The first parts of the path, as far as they are bound, that a partial rule can be asked with. */
  #keysOf({ path }: RuleNode, rest: readonly Pattern[], scope: Scope): readonly Pattern[] {
    const set = this.#around.program.rules.get(ruleKey(path)) as RuleSet;
    const unbound = rest.findIndex((part) => !isBound(part, scope));
    return rest.slice(0, Math.min(keyCount(set), unbound < 0 ? rest.length : unbound));
  }

  #mayBeSet(path: readonly string[]): boolean {
    return this.#around.program.replaced.data.some((set) => set.every((part, depth) => path[depth] === part));
  }

  /** The given data at a constant path; fails where there is none. */
  #given(names: readonly string[], scope: Scope): Value {
    const root = { name: this.#writer.let(`${scope.evaluation}.data`), depth: scope.depthOfAll([]) };
    const path = names.map((name) => ({ kind: 'constant', value: name }) as const);
    return this.below(root, path, scope);
  }

  #givenOrUndefined(names: readonly string[], scope: Scope): string {
    let value = this.#writer.let(`${scope.evaluation}.data`);
    for (const name of names) {
      value = this.#writer.let(`${value} === undefined ? undefined : get(${value}, ${this.#writer.constant(name)})`);
    }
    return value;
  }

  #defined(value: Value, scope: Scope): Value {
    this.#writer.emit(`if (${value.name} === undefined) ${scope.failAt(value.depth)}`);
    return value;
  }
}

export function ruleNumber({ ruleNumbers }: Surroundings, path: readonly string[]): number {
  const number = ruleNumbers.get(ruleKey(path));
  if (number === undefined) throw new Error(`the rule \`${path.join('.')}\` was checked, and is not there`);
  return number;
}
