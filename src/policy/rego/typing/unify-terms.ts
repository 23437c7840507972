/** Equations: whether their sides can be equal, and what they tell of locals of which nothing was known. */
import { entriesOf, elementsOf, sameTerm } from '../check/term-parts.ts';
import type { Local } from '../program.ts';
import type { ResolvedEntry, ResolvedTerm } from '../check/resolved.ts';
import { isArray, isObject, RegoSet, type RegoValue } from '../values/value.ts';
import { entriesOf as entriesOfValue } from '../values/access.ts';
import type { Environment } from './environment.ts';
import { type ComprehensionTypes, isEvaluated, typeOfPart, typeOfTerm } from './type-of-term.ts';
import type { ObjectType, Part, Type } from './type.ts';

export class TermUnifier {
  readonly #environment: Environment;
  readonly #comprehensions: ComprehensionTypes;

  constructor(environment: Environment, comprehensions: ComprehensionTypes) {
    this.#environment = environment;
    this.#comprehensions = comprehensions;
  }

  typeOf(term: ResolvedTerm): Part {
    return typeOfTerm(term, this.#environment, this.#comprehensions);
  }

  typeOfPart(term: ResolvedTerm): Part {
    return typeOfPart(term, this.#environment, this.#comprehensions);
  }

  /** Two sides of an equation. */
  terms(a: ResolvedTerm, b: ResolvedTerm): boolean {
    return this.#terms(a, this.typeOf(a), b, this.typeOf(b));
  }

  #terms(a: ResolvedTerm, typeA: Part, b: ResolvedTerm, typeB: Part): boolean {
    const { table, compatibility } = this.#environment.algebra;
    const [knownA, knownB] = [isWhole(typeA), isWhole(typeB)];
    if (knownA && knownB) return compatibility.compatible(typeA, typeB);
    if (knownB) return this.#side(a, typeA, typeB);
    if (knownA) return this.#side(b, typeB, typeA);
    if (a.kind === 'local') return this.#local(a, b, typeB);
    if (b.kind === 'local') return this.#local(b, a, typeA);
    const elements = [elementsOf(a), elementsOf(b)] as const;
    if (elements[0] !== undefined && elements[1] !== undefined) return this.#elements(elements[0], elements[1]);
    const entries = [entriesOf(a), entriesOf(b)] as const;
    if (entries[0] !== undefined && entries[1] !== undefined) return this.#entries(entries[0], entries[1]);
    // Where too little is known of both, arrays, objects and sets are still told apart.
    if (typeA !== undefined && typeB !== undefined && typeA.kind !== typeB.kind) return false;
    return this.term(a, table.any) && this.term(b, table.any);
  }

  /** What is read on a side of its own is known as far as it is; elsewhere, what is not known whole can be anything. */
  #side(term: ResolvedTerm, have: Part, type: Part): boolean {
    if (term.kind !== 'ref' || have === undefined) return this.term(term, type);
    return this.#environment.algebra.compatibility.compatible(have, type);
  }

  /** Of both too little is known. What is read somewhere can then be anything, and so can what is written. */
  #local(local: Local, other: ResolvedTerm, type: Part): boolean {
    const { any } = this.#environment.algebra.table;
    switch (other.kind) {
      case 'local':
        return this.term(local, any) && this.term(other, this.typeOf(local));
      case 'ref':
        return this.term(local, any);
      case 'constant':
        return this.term(local, type);
      case 'array':
      case 'set':
      case 'object':
        return this.term(other, any) && this.term(local, this.typeOf(other) ?? any);
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension':
        return this.term(local, this.typeOf(local) === undefined ? (type ?? any) : any);
    }
  }

  #elements(a: readonly ResolvedTerm[], b: readonly ResolvedTerm[]): boolean {
    if (a.length !== b.length) return false;
    return a.every((element, index) => this.#parts(element, b[index] as ResolvedTerm));
  }

  #entries(a: readonly ResolvedEntry[], b: readonly ResolvedEntry[]): boolean {
    const pairs = a.flatMap(({ key, value }) => {
      if (isEvaluated(key)) return [];
      const other = b.find((entry) => !isEvaluated(entry.key) && sameTerm(entry.key, key));
      return other === undefined ? [] : [[value, other.value] as const];
    });
    // Keys that are written otherwise may turn out the same.
    return pairs.every(([left, right]) => this.#parts(left, right));
  }

  #parts(a: ResolvedTerm, b: ResolvedTerm): boolean {
    return this.#terms(a, this.typeOfPart(a), b, this.typeOfPart(b));
  }

  /** A term that must have a value of a type. `isOneOf`: or of others, of which each is tried. */
  term(term: ResolvedTerm, type: Part, isOneOf = false): boolean {
    const { compatibility } = this.#environment.algebra;
    switch (term.kind) {
      case 'constant':
        return this.#constant(term.value, type);
      case 'local':
        return this.#typed(term.id, type, isOneOf);
      case 'ref':
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension': {
        const have = this.typeOfPart(term);
        return isOneOf || have === undefined || compatibility.compatible(have, type);
      }
      case 'array':
      case 'set':
      case 'object':
        return this.#collection(term, type, isOneOf);
    }
  }

  #typed(id: number, type: Part, isOneOf: boolean): boolean {
    const { table, compatibility } = this.#environment.algebra;
    const have = this.#environment.local(id);
    if (isOneOf) this.#environment.assign(id, table.either(have, type));
    else if (have === undefined) this.#environment.assign(id, type);
    else return compatibility.compatible(have, type);
    return true;
  }

  #collection(term: ResolvedTerm & { kind: 'array' | 'set' | 'object' }, type: Part, isOneOf: boolean): boolean {
    const { table, compatibility } = this.#environment.algebra;
    if (type === undefined || compatibility.isExhausted) return true;
    if (type === table.any) {
      for (const part of partsOf(term)) this.term(part, table.any, true);
      return true;
    }
    if (type.kind === 'union') {
      // Each of them tells what locals may be.
      return type.of.filter((each) => this.#collection(term, each, true)).length > 0;
    }
    if (term.kind === 'array' && type.kind === 'array') {
      const { elements, rest } = type;
      if (term.elements.length !== elements.length && rest === undefined) return false;
      return term.elements.every((element, index) => this.term(element, elements[index] ?? rest, isOneOf));
    }
    if (term.kind === 'set' && type.kind === 'set') {
      return term.elements.every((element) => this.term(element, type.of, isOneOf));
    }
    return term.kind === 'object' && type.kind === 'object' && this.#object(term.entries, type, isOneOf);
  }

  #object(entries: readonly ResolvedEntry[], type: ObjectType, isOneOf: boolean): boolean {
    const { table, parts } = this.#environment.algebra;
    if (entries.length !== type.fields.size && type.rest === undefined) return false;
    return entries.every(({ key, value }) => {
      if (key.kind !== 'constant') {
        // Which of the fields it is about is not known.
        this.term(value, table.any, isOneOf);
        return true;
      }
      const field = parts.at(type, key.value);
      return field !== undefined && this.term(value, field, isOneOf);
    });
  }

  #constant(value: RegoValue, type: Part): boolean {
    const { table, constants, parts, compatibility } = this.#environment.algebra;
    if (type === undefined || type === table.any) return true;
    if (compatibility.isExhausted) return true;
    if (type.kind === 'union') return type.of.some((each) => this.#constant(value, each));
    if (isArray(value) && type.kind === 'array') {
      if (value.length !== type.elements.length && type.rest === undefined) return false;
      return value.every((element, index) => this.#constant(element, type.elements[index] ?? type.rest));
    }
    if (value instanceof RegoSet && type.kind === 'set') {
      return value.members().every((member) => this.#constant(member, type.of));
    }
    if (isObject(value) && type.kind === 'object') {
      const entries = entriesOfValue(value);
      if (entries.length !== type.fields.size && type.rest === undefined) return false;
      return entries.every(([key, each]) => {
        const field = parts.at(type, key);
        return field !== undefined && this.#constant(each, field);
      });
    }
    return compatibility.compatible(constants.typeOf(value), type);
  }
}

function isWhole(type: Part): type is Type {
  return type !== undefined && !type.isPartial;
}

function partsOf(term: ResolvedTerm & { kind: 'array' | 'set' | 'object' }): readonly ResolvedTerm[] {
  return term.kind === 'object' ? term.entries.flatMap(({ key, value }) => [key, value]) : term.elements;
}
