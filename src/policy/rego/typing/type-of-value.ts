/** The types of constants, and the declared ones of built-ins. */
import type { RegoType } from '../builtins/rego-type.ts';
import type { Signature } from '../check/resolution.ts';
import { entriesOf } from '../values/access.ts';
import { isArray, isNumber, isObject, RegoSet, type RegoValue } from '../values/value.ts';
import type { Field, FunctionType, Type, TypeTable } from './type.ts';

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
      const { any } = this.#table;
      const entries = entriesOf(value);
      const fields = entries.flatMap(([key, each]): Field[] =>
        holdsSet(key) ? [] : [{ key, value: this.typeOf(each) }],
      );
      return this.#table.objectOf(fields, fields.length < entries.length ? { key: any, value: any } : undefined);
    }
    if (value.kind === 'decimal') return this.#table.number;
    return this.#table.set(this.#table.oneOf(value.members().map((member) => this.typeOf(member))));
  }
}

/** Whether a key is a set, or has one in it: OPA takes such for arrays, so that little can be said of the object. */
export function holdsSet(value: RegoValue): boolean {
  if (value instanceof RegoSet) return true;
  if (isArray(value)) return value.some(holdsSet);
  return isObject(value) && entriesOf(value).some(([key, each]) => holdsSet(key) || holdsSet(each));
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

/** Of built-ins, each found when the first call is looked at. */
export class DeclaredTypes {
  readonly #table: TypeTable;
  readonly #known = new Map<string, FunctionType | undefined>();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  ofBuiltin(signature: Signature): FunctionType | undefined {
    const { name } = signature;
    if (this.#known.has(name)) return this.#known.get(name);
    const result = signature.statement === true ? undefined : declaredType(this.#table, signature.result);
    const type = this.#table.function(declaredTypes(this.#table, signature.parameters), result);
    const found = type.kind === 'function' ? type : undefined;
    this.#known.set(name, found);
    return found;
  }
}
