/** Static types, as precise as OPA's: each is made once in a table, so that equal types are one object. */
import { mapKey } from '../values/key.ts';
import type { RegoValue } from '../values/value.ts';

/** Undefined stands in a type where nothing is known yet, which is another thing than `any`. */
export type Part = Type | undefined;

export type ObjectRest = { readonly key: Part; readonly value: Part };

export type Field = { readonly key: RegoValue; readonly value: Part };

type Shape =
  | { readonly kind: 'null' | 'boolean' | 'number' | 'string' }
  /** `rest`: of elements behind those that are known one by one; neither of them: the empty array. */
  | { readonly kind: 'array'; readonly elements: readonly Part[]; readonly rest: Part }
  /** Undefined: the empty set, or one of members of which nothing is known. */
  | { readonly kind: 'set'; readonly of: Part }
  /** `fields` by `mapKey`; neither fields nor rest: the empty object. */
  | {
      readonly kind: 'object';
      readonly fields: ReadonlyMap<unknown, Field>;
      readonly rest: ObjectRest | undefined;
    }
  /** None: any value at all. */
  | { readonly kind: 'union'; readonly of: readonly Type[] }
  | { readonly kind: 'function'; readonly parameters: readonly Part[]; readonly result: Part };

/** `height`: of what is nested in it. `isPartial`: some part of it is not known; no alternative of a union counts. */
export type Type = Shape & { readonly id: number; readonly height: number; readonly isPartial: boolean };

export type ArrayType = Type & { readonly kind: 'array' };
export type ObjectType = Type & { readonly kind: 'object' };
export type UnionType = Type & { readonly kind: 'union' };
export type FunctionType = Type & { readonly kind: 'function' };

/** What is nested deeper, or has more alternatives, is taken for `any`: nothing is refused because of it. */
const MAX_HEIGHT = 32;
const MAX_ALTERNATIVES = 256;

const NO_FIELDS: ReadonlyMap<unknown, Field> = new Map();

export class TypeTable {
  readonly #types = new Map<string, Type>();
  readonly any: UnionType = this.#intern({ kind: 'union', of: [] }, [], 'u') as UnionType;
  readonly null: Type = this.#intern({ kind: 'null' }, [], '0');
  readonly boolean: Type = this.#intern({ kind: 'boolean' }, [], 'b');
  readonly number: Type = this.#intern({ kind: 'number' }, [], 'n');
  readonly string: Type = this.#intern({ kind: 'string' }, [], 's');
  readonly emptyObject: Type = this.object(NO_FIELDS, undefined);

  array(elements: readonly Part[], rest: Part): Type {
    const key = `a${elements.map(idOf).join(',')};${idOf(rest)}`;
    return this.#intern({ kind: 'array', elements, rest }, rest === undefined ? elements : [...elements, rest], key);
  }

  set(of: Part): Type {
    return this.#intern({ kind: 'set', of }, [of], `<${idOf(of)}`);
  }

  object(fields: ReadonlyMap<unknown, Field>, rest: ObjectRest | undefined): Type {
    const keys = [...fields].map(([key, { value }]) => `${keyText(key)}:${idOf(value)}`);
    // Of equal fields there is one order.
    const key = `o${keys.toSorted().join(',')};${rest === undefined ? '' : `${idOf(rest.key)}:${idOf(rest.value)}`}`;
    const parts = Array.from(fields.values(), ({ value }) => value);
    if (rest !== undefined) parts.push(rest.key, rest.value);
    return this.#intern({ kind: 'object', fields, rest }, parts, key);
  }

  objectOf(fields: readonly Field[], rest: ObjectRest | undefined): Type {
    return this.object(new Map(fields.map((field) => [mapKey(field.key), field])), rest);
  }

  function(parameters: readonly Part[], result: Part): Type {
    const key = `f${parameters.map(idOf).join(',')};${idOf(result)}`;
    return this.#intern({ kind: 'function', parameters, result }, [...parameters, result], key);
  }

  /** What is of one of two types; undefined where one is a function and the other none, or takes other arguments. */
  either(a: Part, b: Part): Part {
    if (a === b || b === undefined) return a;
    if (a === undefined) return b;
    if (a.kind === 'function' || b.kind === 'function') {
      return a.kind === 'function' && b.kind === 'function' ? this.#eitherFunction(a, b) : undefined;
    }
    return this.#union([...alternativesOf(a), ...alternativesOf(b)], a === this.any || b === this.any);
  }

  /** Of types that are no functions. */
  oneOf(types: Iterable<Part>): Part {
    const all = new Set<Type>();
    for (const type of types) {
      if (type === this.any) return this.any;
      if (type !== undefined) for (const each of alternativesOf(type)) all.add(each);
    }
    return all.size === 0 ? undefined : this.#union([...all], false);
  }

  #union(types: readonly Type[], isAny: boolean): Type {
    const all = new Set(types);
    if (isAny || all.size > MAX_ALTERNATIVES) return this.any;
    const [only] = all;
    if (all.size === 1 && only !== undefined) return only;
    const of = [...all].toSorted((a, b) => a.id - b.id);
    return this.#intern({ kind: 'union', of }, of, `u${of.map(idOf).join(',')}`);
  }

  #eitherFunction(a: FunctionType, b: FunctionType): Part {
    if (a.parameters.length !== b.parameters.length) return undefined;
    const parameters = a.parameters.map((parameter, index) => this.either(parameter, b.parameters[index]));
    return this.function(parameters, this.either(a.result, b.result));
  }

  #intern(shape: Shape, parts: readonly Part[], key: string): Type {
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const height = parts.reduce((highest, part) => Math.max(highest, (part?.height ?? 0) + 1), 0);
    const isPartial = shape.kind !== 'union' && parts.some((part) => part === undefined || part.isPartial);
    const type: Type = height > MAX_HEIGHT ? this.any : { ...shape, id: this.#types.size, height, isPartial };
    this.#types.set(key, type);
    return type;
  }
}

function alternativesOf(type: Type): readonly Type[] {
  return type.kind === 'union' ? type.of : [type];
}

function idOf(part: Part): string {
  return part === undefined ? '_' : String(part.id);
}

/** Lengths keep apart what keys of any text would run together. */
function keyText(key: unknown): string {
  const text = String(key);
  return `${typeof key}${text.length}${text}`;
}

/** Of a collection that can hold nothing. */
export function isEmptyCollection(type: Type): boolean {
  switch (type.kind) {
    case 'array':
      return type.elements.length === 0 && type.rest === undefined;
    case 'object':
      return type.fields.size === 0 && type.rest === undefined;
    case 'set':
      return type.of === undefined;
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'union':
    case 'function':
      return false;
  }
}
