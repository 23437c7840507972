/** The types of constants, and the declared ones of built-ins. */
import type { RegoType } from '../builtins/rego-type.ts';
import { entriesOf } from '../values/access.ts';
import { isArray, isNumber, isObject, type RegoValue } from '../values/value.ts';
import type { Field, Type, TypeTable } from './type.ts';

/** Remembers those of collections. */
export class ConstantTypes {
  readonly #table: TypeTable;
  readonly #known = new WeakMap<object, Type>();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  typeOf(value: RegoValue): Type {
    if (typeof value === 'string') return this.#table.string;
    if (typeof value === 'boolean') return this.#table.boolean;
    if (value === null) return this.#table.null;
    if (isNumber(value)) return this.#table.number;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const type = this.#typeOfCollection(value);
    this.#known.set(value, type);
    return type;
  }

  #typeOfCollection(value: Exclude<RegoValue, string | boolean | null | number | bigint>): Type {
    if (isArray(value)) {
      return this.#table.array(
        value.map((element) => this.typeOf(element)),
        undefined,
      );
    }
    if (isObject(value)) {
      const fields = entriesOf(value).map(([key, each]): Field => ({ key, value: this.typeOf(each) }));
      return this.#table.objectOf(fields, undefined);
    }
    if (value.kind === 'decimal') return this.#table.number;
    return this.#table.set(this.#table.oneOf(value.members().map((member) => this.typeOf(member))));
  }
}

function declaredType(table: TypeTable, type: RegoType): Type {
  if (type === 'any') return table.any;
  if (typeof type === 'string') return table[type];
  if ('array' in type) return table.array([], declaredType(table, type.array));
  if ('tuple' in type) return table.array(declaredTypes(table, type.tuple), undefined);
  if ('set' in type) return table.set(declaredType(table, type.set));
  if ('anyOf' in type) return table.oneOf(declaredTypes(table, type.anyOf)) ?? table.any;
  const { fields = {}, keys = 'string', values } = type.object;
  const declared = Object.entries(fields).map(([key, field]): Field => ({ key, value: declaredType(table, field) }));
  const rest =
    values === undefined ? undefined : { key: declaredType(table, keys), value: declaredType(table, values) };
  return table.objectOf(declared, rest);
}

function declaredTypes(table: TypeTable, types: readonly RegoType[]): readonly Type[] {
  return types.map((type) => declaredType(table, type));
}

/** Knows the parameters of a built-in that has been called once. */
export class DeclaredTypes {
  readonly #table: TypeTable;
  readonly #known = new Map<RegoType, Type>();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  typeOf(type: RegoType): Type {
    let known = this.#known.get(type);
    if (known === undefined) this.#known.set(type, (known = declaredType(this.#table, type)));
    return known;
  }
}
