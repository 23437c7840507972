/** The types of rules, each found when those of all rules that it may read are known. */
import { mapKey } from '../values/key.ts';
import { isScalar, type RegoValue } from '../values/value.ts';
import { constant } from '../check/constants.ts';
import type { Signature } from '../check/resolution.ts';
import type { ResolvedBody, ResolvedExpression, ResolvedTerm } from '../check/resolved.ts';
import type { ResolvedChoice, ResolvedRule } from '../check/resolve-rule.ts';
import type { RuleEntry } from '../check/rule-tree.ts';
import { localsOfTerm } from '../check/visible-locals.ts';
import { type BodyContext, checkBody } from './check-body.ts';
import type { Dependents } from './dependents.ts';
import { TypedDocuments } from './typed-documents.ts';
import { Environment, type Layers } from './environment.ts';
import { typeOfTerm } from './type-of-term.ts';
import { type TypeAlgebra, typeAlgebra } from './type-algebra.ts';
import type { Part } from './type.ts';

/** What is the same for all bodies of a rule or a query. */
export type BodyGround = Pick<BodyContext, 'ordered' | 'report'>;

export class TypedRules {
  readonly #algebra: TypeAlgebra = typeAlgebra();
  readonly #documents: TypedDocuments = this.#noDocuments();
  readonly #builtins: ReadonlyMap<string, Signature>;
  readonly #dependents: Dependents;
  /** By what is replaced: the documents that depend on it, which can then be anything. */
  readonly #replaced = new Map<string, TypedDocuments>();

  constructor(builtins: ReadonlyMap<string, Signature>, dependents: Dependents) {
    this.#builtins = builtins;
    this.#dependents = dependents;
  }

  /** A rule whose types are wrong can have any value: what reads it is not to blame. */
  addRule({ path, rule }: RuleEntry, { parameters, choices }: ResolvedRule, ground: BodyGround): void {
    for (const choice of choices) {
      const environment = Environment.ofRule(this.#algebra, this.#documents);
      if (!checkBody(choice.body, environment, this.#context(ground, false))) {
        this.#documents.put('data', path, this.#algebra.table.any);
        continue;
      }
      if (parameters.length > 0) this.#documents.add(path, this.#functionType(parameters, choice, environment));
      else this.#addDocument(path, choice, rule.head.kind === 'contains', environment);
    }
  }

  checkQuery(body: ResolvedBody, ground: BodyGround): void {
    checkBody(body, Environment.ofRule(this.#algebra, this.#documents), this.#context(ground, true));
  }

  #noDocuments(): TypedDocuments {
    return new TypedDocuments(this.#algebra.table, this.#algebra.constants);
  }

  #context(ground: BodyGround, isQuery: boolean): BodyContext {
    const replaced = (expression: ResolvedExpression, environment: Environment): Layers =>
      this.#layers(expression, environment);
    return { ...ground, builtins: this.#builtins, isQuery, replaced };
  }

  #functionType(parameters: readonly ResolvedTerm[], { value }: ResolvedChoice, environment: Environment): Part & {} {
    const { table } = this.#algebra;
    const typeOf = (term: ResolvedTerm): Part => typeOfTerm(term, environment, NONE);
    for (const parameter of parameters) {
      for (const id of localsOfTerm(parameter)) {
        if (environment.local(id) === undefined) environment.assign(id, table.any);
      }
    }
    return table.function(parameters.map(typeOf), typeOf(value) ?? table.any);
  }

  #addDocument(path: readonly RegoValue[], choice: ResolvedChoice, isSet: boolean, environment: Environment): void {
    const { table } = this.#algebra;
    const given = typeOfTerm(choice.value, environment, NONE);
    if (given === undefined) return;
    const names: RegoValue[] = [];
    for (const key of choice.keys) {
      if (key.kind !== 'constant' || !isScalar(key.value)) break;
      names.push(key.value);
    }
    let type = isSet ? table.set(given) : given;
    for (const key of choice.keys.slice(names.length).toReversed()) {
      const of = typeOfTerm(key, environment, NONE);
      if (of === undefined) return;
      type = table.objectOf([], { key: of, value: type });
    }
    this.#documents.add([...path, ...names], type);
  }

  /** As OPA has it: what is replaced may have its own type still; what reads it can be anything. */
  #layers({ modifiers }: ResolvedExpression, environment: Environment): Layers {
    const { table } = this.#algebra;
    const own = this.#noDocuments();
    const above: TypedDocuments[] = [];
    for (const { target, value } of modifiers) {
      if (target.kind === 'builtin') continue;
      if (target.kind !== 'input') above.unshift(this.#readers(target.path, target.kind === 'function'));
      if (target.kind === 'function') continue;
      const before = environment.document(target.kind, target.path.map(constant));
      const type = table.either(before, typeOfTerm(value, environment, NONE));
      own.put(target.kind, target.path, type ?? table.any);
    }
    return [own, ...above, ...environment.layers];
  }

  #readers(path: readonly string[], isFunction: boolean): TypedDocuments {
    const key = `${isFunction ? 'f' : 'd'}${path.map(mapKey).join('\0')}`;
    const known = this.#replaced.get(key);
    if (known !== undefined) return known;
    const readers = this.#noDocuments();
    for (const entry of this.#dependents(path)) {
      const isItself =
        isFunction && entry.path.length === path.length && entry.path.every((part, at) => part === path[at]);
      if (!isItself) readers.put('data', entry.path, this.#algebra.table.any);
    }
    this.#replaced.set(key, readers);
    return readers;
  }
}

const NONE = new Map<never, never>();
