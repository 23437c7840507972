/** What is known at a place of a rule: the types of its locals, and of the documents that it may read. */
import { mapKey } from '../values/key.ts';
import { isScalar } from '../values/value.ts';
import type { ResolvedTerm } from '../check/resolved.ts';
import { type DocumentNode, type DocumentRoot, isNowhere, type TypedDocuments } from './typed-documents.ts';
import { isEmptyCollection, type Part, type Type } from './type.ts';
import type { TypeAlgebra } from './type-algebra.ts';

/** Documents that some `with` replaces, before those that there are. */
export type Layers = readonly TypedDocuments[];

export class Environment {
  readonly algebra: TypeAlgebra;
  readonly layers: Layers;
  readonly #outer: Environment | undefined;
  readonly #locals: Map<number, Type>;

  private constructor(
    algebra: TypeAlgebra,
    layers: Layers,
    outer: Environment | undefined,
    locals: Map<number, Type> = new Map(),
  ) {
    this.algebra = algebra;
    this.layers = layers;
    this.#outer = outer;
    this.#locals = locals;
  }

  static ofRule(algebra: TypeAlgebra, documents: TypedDocuments): Environment {
    return new Environment(algebra, [documents], undefined);
  }

  /** Of a body in it: what is learnt there is not known outside. */
  inner(): Environment {
    return new Environment(this.algebra, this.layers, this);
  }

  /** With other documents; what is learnt of locals is known outside. */
  withLayers(layers: Layers): Environment {
    return new Environment(this.algebra, layers, this.#outer, this.#locals);
  }

  local(id: number): Part {
    return this.#locals.get(id) ?? this.#outer?.local(id);
  }

  assign(id: number, type: Part): void {
    if (type !== undefined) this.#locals.set(id, type);
  }

  /** Below `data` or `input`; what is at no path of a rule can be anything. */
  document(root: DocumentRoot, path: readonly ResolvedTerm[]): Part {
    for (const documents of this.layers) {
      const found = this.#find(documents, root, path);
      if (found !== 'elsewhere') return found;
    }
    return this.algebra.table.any;
  }

  #find(documents: TypedDocuments, root: DocumentRoot, path: readonly ResolvedTerm[]): Part | 'elsewhere' {
    let node: DocumentNode = documents[root];
    if (isNowhere(node)) return 'elsewhere';
    for (const [index, part] of path.entries()) {
      const child = part.kind === 'constant' ? node.children.get(mapKey(part.value)) : undefined;
      if (child === undefined) {
        if (node.type !== undefined) return this.below(node.type, path.slice(index));
        if (part.kind === 'constant') return 'elsewhere';
        return this.below(documents.extent(node), path.slice(index));
      }
      node = child;
    }
    return documents.extent(node);
  }

  /** Of a part of a value of a type. */
  below(type: Part, path: readonly ResolvedTerm[]): Part {
    const { parts, table } = this.algebra;
    let found = type;
    for (const part of path) {
      if (found === undefined) return undefined;
      if (part.kind === 'constant' && isScalar(part.value)) found = parts.at(found, part.value);
      else if (isEmptyCollection(found)) return table.any;
      else found = parts.values(found);
    }
    return found;
  }
}
