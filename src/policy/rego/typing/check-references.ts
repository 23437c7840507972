/** References: whether there can be anything at their paths, and what that tells of locals in them. */
import { mapKey } from '../values/key.ts';
import { toText } from '../values/text.ts';
import { isScalar, type RegoValue } from '../values/value.ts';
import type { ResolvedRef, ResolvedTerm } from '../check/resolved.ts';
import { quote } from '../parse/quote.ts';
import { pathText } from '../check/rule-tree.ts';
import { describeType } from './describe-type.ts';
import { type DocumentNode, type DocumentRoot, isNowhere, type TypedDocuments } from './typed-documents.ts';
import type { Environment } from './environment.ts';
import { type ComprehensionTypes, isEvaluated } from './type-of-term.ts';
import { isEmptyCollection, type Part, type Type, type TypeTable } from './type.ts';
import { TermUnifier } from './unify-terms.ts';

/** What is wrong with a reference. */
export type ReferenceProblem = { readonly at: ResolvedRef; readonly message: string; readonly hint?: string };

/** `isWithin`: in a body of its own, where nothing is known of what is evaluated for the path. */
export function checkReference(
  ref: ResolvedRef,
  environment: Environment,
  comprehensions: ComprehensionTypes,
  isWithin: boolean,
): ReferenceProblem | undefined {
  return new ReferenceCheck(ref, environment, comprehensions, isWithin).check();
}

class ReferenceCheck {
  readonly #ref: ResolvedRef;
  readonly #environment: Environment;
  readonly #unifier: TermUnifier;
  readonly #isWithin: boolean;

  constructor(ref: ResolvedRef, environment: Environment, comprehensions: ComprehensionTypes, isWithin: boolean) {
    this.#ref = ref;
    this.#environment = environment;
    this.#unifier = new TermUnifier(environment, comprehensions);
    this.#isWithin = isWithin;
  }

  check(): ReferenceProblem | undefined {
    const { root, isUntyped } = this.#ref;
    const { any } = this.#environment.algebra.table;
    if (isUntyped === true) return this.#below(any, 0);
    if (root.kind !== 'local') return this.#documents(root.kind);
    if (this.#environment.local(root.id) === undefined) this.#environment.assign(root.id, any);
    return this.#below(this.#environment.local(root.id), 0);
  }

  #documents(root: DocumentRoot): ReferenceProblem | undefined {
    for (const documents of this.#environment.layers) {
      const found = this.#within(documents, documents[root]);
      if (found !== 'elsewhere') return found;
    }
    return this.#below(this.#environment.algebra.table.any, 0);
  }

  /** Through packages to a rule. */
  #within(documents: TypedDocuments, root: DocumentNode): ReferenceProblem | undefined | 'elsewhere' {
    if (isNowhere(root)) return 'elsewhere';
    if (root.type !== undefined) return this.#below(root.type, 0);
    let node = root;
    for (const [index, part] of this.#ref.path.entries()) {
      if (part.kind === 'local' || isEvaluated(part)) {
        const keys = this.#environment.algebra.parts.keys(documents.extent(node));
        if (!this.#isKey(part, keys)) return this.#badKey(index, this.#unifier.typeOfPart(part), keys);
        return 'elsewhere';
      }
      const child = part.kind === 'constant' ? node.children.get(mapKey(part.value)) : undefined;
      if (child === undefined) return 'elsewhere';
      if (child.type !== undefined) return this.#below(child.type, index + 1);
      node = child;
    }
    return undefined;
  }

  #below(from: Part, start: number): ReferenceProblem | undefined {
    const { parts } = this.#environment.algebra;
    const { path } = this.#ref;
    let type = from;
    for (let index = start; index < path.length; index += 1) {
      // A function as a value has been reported; of what is not known there is nothing to say.
      if (type === undefined || type.kind === 'function') return undefined;
      const part = path[index] as ResolvedTerm;
      if (isEmptyCollection(type)) return this.#inEmpty(type, part, index);
      const keys = parts.keys(type);
      if (keys === undefined) return this.#noCollection(type, index);
      if (part.kind === 'constant' && isScalar(part.value)) {
        const found = parts.at(type, part.value);
        if (found === undefined) return this.#missing(type, part.value, index);
        type = found;
        continue;
      }
      if (!this.#isKey(part, keys)) return this.#badKey(index, this.#unifier.typeOfPart(part), keys);
      type = parts.values(type);
    }
    return undefined;
  }

  #isKey(part: ResolvedTerm, keys: Part): boolean {
    if (isEvaluated(part) && this.#isWithin) return true;
    return this.#unifier.term(part, keys);
  }

  /** Only arrays have keys of one type when they are empty. */
  #inEmpty(type: Type, part: ResolvedTerm, index: number): ReferenceProblem | undefined {
    if (part.kind === 'constant') return isScalar(part.value) ? this.#missing(type, part.value, index) : undefined;
    if (part.kind !== 'local') return undefined;
    const { table } = this.#environment.algebra;
    const have = this.#environment.local(part.id);
    if (have === undefined) this.#environment.assign(part.id, table.any);
    else if (type.kind === 'array' && !this.#unifier.term(part, table.number)) {
      return this.#badKey(index, have, table.number);
    }
    return undefined;
  }

  #noCollection(type: Type, index: number): ReferenceProblem {
    const message = `${this.#upTo(index)} is ${describeType(type, this.#table)}, which has no parts`;
    return { at: this.#ref, message, hint: 'compare it, or pass it to a function' };
  }

  #missing(type: Type, key: RegoValue, index: number): ReferenceProblem {
    const text = quote(typeof key === 'string' ? key : toText(key));
    const message = `${this.#upTo(index)} is ${describeType(type, this.#table)}, and has no ${text}`;
    const keys = this.#environment.algebra.parts.keys(type);
    const isNamed = type.kind === 'object' && type.rest === undefined;
    return isNamed ? { at: this.#ref, message } : { at: this.#ref, message, hint: hintAt(keys, this.#table) };
  }

  #badKey(index: number, have: Part, keys: Part): ReferenceProblem {
    const message = `${this.#upTo(index)} is asked for ${describeType(have, this.#table)}`;
    return { at: this.#ref, message, hint: hintAt(keys, this.#table) };
  }

  get #table(): TypeTable {
    return this.#environment.algebra.table;
  }

  /** The beginning of the reference, as far as it can be written without names of locals. */
  #upTo(length: number): string {
    const { root, path } = this.#ref;
    const constants = path
      .slice(0, length)
      .flatMap((part) => (part.kind === 'constant' && isScalar(part.value) ? [part.value] : []));
    if (root.kind === 'local' || constants.length < length) return 'this';
    return quote(`${root.kind}${pathText(constants).slice('data'.length)}`);
  }
}

function hintAt(keys: Part, table: TypeTable): string {
  return keys === undefined ? 'it is always empty' : `each of its keys is ${describeType(keys, table)}`;
}
