/** What the parts of values of a type are of: all keys, all values, or the value at one key. */
import { mapKey } from '../values/key.ts';
import { isNumber, type RegoValue } from '../values/value.ts';
import type { ConstantTypes } from './type-of-value.ts';
import type { ObjectType, Part, Type, TypeTable } from './type.ts';

export class TypeParts {
  readonly #table: TypeTable;
  readonly #constants: ConstantTypes;
  readonly #keys = new Map<Type, Part>();
  readonly #values = new Map<Type, Part>();

  constructor(table: TypeTable, constants: ConstantTypes) {
    this.#table = table;
    this.#constants = constants;
  }

  /** Undefined for what is no collection. */
  keys(type: Part): Part {
    return type === undefined ? undefined : remembered(this.#keys, type, () => this.#keysOf(type));
  }

  /** Undefined for what is no collection, and where nothing is known. */
  values(type: Part): Part {
    return type === undefined ? undefined : remembered(this.#values, type, () => this.#valuesOf(type));
  }

  /** At a key that is no collection. Undefined where there can be no value. */
  at(type: Part, key: RegoValue): Part {
    switch (type?.kind) {
      case 'array': {
        if (!isNumber(key)) return undefined;
        // What is no small number is left to the evaluation.
        if (typeof key !== 'number') return type.rest;
        return Number.isInteger(key) && key >= 0 ? (type.elements[key] ?? type.rest) : undefined;
      }
      case 'object':
        return this.#field(type, key);
      case 'set': {
        const wanted = this.#constants.typeOf(key);
        if (type.of === wanted) return wanted;
        return type.of?.kind === 'union' && this.#contains(type.of, wanted) ? wanted : undefined;
      }
      case 'union':
        return type === this.#table.any ? type : this.#table.oneOf(type.of.map((each) => this.at(each, key)));
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
      case 'function':
      case undefined:
        return undefined;
    }
  }

  #field({ fields, rest }: ObjectType, key: RegoValue): Part {
    const field = fields.get(mapKey(key));
    if (field !== undefined) return field.value;
    if (rest?.key === undefined) return rest?.value;
    return this.#contains(rest.key, this.#constants.typeOf(key)) ? rest.value : undefined;
  }

  /** Whether a type is one of the alternatives, and not only whether it could be. */
  #contains(type: Type, wanted: Type): boolean {
    if (type.kind !== 'union') return type === wanted;
    return type === this.#table.any || type.of.includes(wanted);
  }

  #keysOf(type: Type): Part {
    switch (type.kind) {
      case 'array':
        return this.#table.number;
      case 'object': {
        const named = Array.from(type.fields.values(), ({ key }) => this.#constants.typeOf(key));
        return this.#table.oneOf([...named, type.rest?.key]);
      }
      case 'set':
        return type.of;
      case 'union':
        return type === this.#table.any ? type : this.#table.oneOf(type.of.map((each) => this.keys(each)));
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
      case 'function':
        return undefined;
    }
  }

  #valuesOf(type: Type): Part {
    switch (type.kind) {
      case 'array':
        return this.#table.oneOf([...type.elements, type.rest]);
      case 'object':
        return this.#table.oneOf([...Array.from(type.fields.values(), ({ value }) => value), type.rest?.value]);
      case 'set':
        return type.of;
      case 'union':
        return type === this.#table.any ? type : this.#table.oneOf(type.of.map((each) => this.values(each)));
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
      case 'function':
        return undefined;
    }
  }
}

function remembered(known: Map<Type, Part>, type: Type, find: () => Part): Part {
  if (known.has(type)) return known.get(type);
  const found = find();
  known.set(type, found);
  return found;
}
