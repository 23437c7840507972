/** The types of rules by their paths, and what a reference to one, or to what is around them, has. */
import { mapKey } from '../values/key.ts';
import { isNumber, type RegoValue } from '../values/value.ts';
import type { ConstantTypes } from './type-of-value.ts';
import type { Field, ObjectType, Part, Type, TypeTable } from './type.ts';

export type DocumentNode = {
  readonly key: RegoValue | undefined;
  type: Part;
  /** Computed, and nothing has changed since. */
  extent: Part;
  readonly children: Map<unknown, DocumentNode>;
};

export type DocumentRoot = 'data' | 'input';

export class TypedDocuments {
  readonly data: DocumentNode = nodeOf(undefined);
  /** What is replaced in it, and nothing otherwise. */
  readonly input: DocumentNode = nodeOf(undefined);
  readonly #table: TypeTable;
  readonly #constants: ConstantTypes;

  constructor(table: TypeTable, constants: ConstantTypes) {
    this.#table = table;
    this.#constants = constants;
  }

  /** Whatever was known of the path. */
  put(root: DocumentRoot, path: readonly RegoValue[], type: Type): void {
    let node = this[root];
    for (const key of path) node = changingChildOf(node, key);
    node.type = type;
  }

  /** One more way in which the document at a path below `data` gets a value. */
  add(path: readonly RegoValue[], type: Type): void {
    let node = this.data;
    for (const [index, key] of path.entries()) {
      node = changingChildOf(node, key);
      const below = path.slice(index + 1);
      if (node.type?.kind === 'object' && below.length > 0) node.type = this.#withPath(node.type, below, type);
    }
    node.type = this.#merged(node.type, type);
    if (type.kind !== 'object') return;
    for (const leaf of leavesBelow(node, [])) {
      if (node.type?.kind === 'object') node.type = this.#withPath(node.type, leaf.path, leaf.type);
    }
  }

  /** Of everything at a node and below it; where no rule is, there may be data. */
  extent(node: DocumentNode): Type {
    if (node.type !== undefined) return node.type;
    if (node.extent !== undefined) return node.extent;
    const fields = Array.from(node.children.values()).flatMap((child): Field[] => {
      const { key } = child;
      const isName = typeof key === 'string' || typeof key === 'boolean' || (key !== undefined && isNumber(key));
      return isName ? [{ key, value: this.extent(child) }] : [];
    });
    const extent = this.#table.objectOf(fields, { key: this.#table.string, value: this.#table.any });
    node.extent = extent;
    return extent;
  }

  #withPath({ fields, rest }: ObjectType, [first, ...below]: readonly RegoValue[], type: Type): Type {
    if (first === undefined) return this.#table.object(fields, rest);
    const { emptyObject } = this.#table;
    const value = below.length === 0 ? type : this.#withPath(emptyObject as ObjectType, below, type);
    const key = this.#table.either(rest?.key, this.#constants.typeOf(first));
    return this.#table.object(fields, { key, value: this.#table.either(rest?.value, value) });
  }

  #merged(a: Part, b: Part): Part {
    if (a === undefined) return b;
    if (b === undefined) return a;
    if (a.kind === 'union' && b.kind !== 'union') return this.#merged(b, a);
    if (a.kind === 'set' && b.kind === 'set') return this.#table.set(this.#table.either(a.of, b.of));
    if (a.kind === 'object' && a.fields.size === 0) {
      if (b.kind === 'object' && b.fields.size === 0) return this.#mergedObjects(a, b);
      if (b.kind === 'union' && b !== this.#table.any) return this.#mergedInto(a, b.of);
    }
    return this.#table.either(a, b);
  }

  #mergedObjects(a: ObjectType, b: ObjectType): Type {
    if (a.rest === undefined) return b;
    if (b.rest === undefined) return a;
    const key = this.#table.either(a.rest.key, b.rest.key);
    return this.#table.object(a.fields, { key, value: this.#merged(a.rest.value, b.rest.value) });
  }

  /** Into the alternative that is an object without known fields, if there is one. */
  #mergedInto(type: ObjectType, alternatives: readonly Type[]): Part {
    const { rest } = type;
    const place = alternatives.findIndex(
      (each) => each.kind === 'object' && each.fields.size === 0 && each.rest !== undefined,
    );
    const into = alternatives[place];
    if (rest === undefined || into?.kind !== 'object') return this.#table.oneOf([...alternatives, type]);
    const key = this.#table.either(into.rest?.key, rest.key);
    const merged = this.#table.objectOf([], { key, value: this.#table.either(into.rest?.value, rest.value) });
    return this.#table.oneOf(alternatives.with(place, merged));
  }
}

/** Nothing is known there or below. */
export function isNowhere({ type, children }: DocumentNode): boolean {
  return type === undefined && children.size === 0;
}

function nodeOf(key: RegoValue | undefined): DocumentNode {
  return { key, type: undefined, extent: undefined, children: new Map() };
}

function changingChildOf(node: DocumentNode, key: RegoValue): DocumentNode {
  node.extent = undefined;
  const at = mapKey(key);
  let child = node.children.get(at);
  if (child === undefined) node.children.set(at, (child = nodeOf(key)));
  return child;
}

type Leaf = { readonly path: readonly RegoValue[]; readonly type: Type };

function leavesBelow(node: DocumentNode, path: readonly RegoValue[]): readonly Leaf[] {
  return Array.from(node.children.values()).flatMap((child): readonly Leaf[] => {
    const below = [...path, child.key as RegoValue];
    return child.type === undefined ? leavesBelow(child, below) : [{ path: below, type: child.type }];
  });
}
