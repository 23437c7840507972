/** Whether values of two types can be equal, as far as types tell. */
import type { TypeParts } from './type-parts.ts';
import type { ArrayType, ObjectType, Part, Type, TypeTable } from './type.ts';

/** What a check may cost, in pairs of types; what is not looked at any more is compatible. */
const MAX_STEPS = 2_000_000;

export class Compatibility {
  readonly #table: TypeTable;
  readonly #parts: TypeParts;
  readonly #known = new Map<Type, Map<Type, boolean>>();
  #steps = 0;

  constructor(table: TypeTable, parts: TypeParts) {
    this.#table = table;
    this.#parts = parts;
  }

  /** What is not known is compatible with nothing. */
  compatible(a: Part, b: Part): boolean {
    if (a === undefined || b === undefined) return false;
    if (a === this.#table.any) return b.kind !== 'function';
    if (b === this.#table.any) return a.kind !== 'function';
    if (a.height === 0 && b.height === 0) return a === b;
    const known = this.#known.get(a)?.get(b);
    if (known !== undefined) return known;
    if (this.isExhausted) return true;
    const found = this.#find(a, b);
    const ofA = this.#known.get(a);
    if (ofA === undefined) this.#known.set(a, new Map([[b, found]]));
    else ofA.set(b, found);
    return found;
  }

  /** True from the step on that is one too many. */
  get isExhausted(): boolean {
    this.#steps += 1;
    return this.#steps > MAX_STEPS;
  }

  #find(a: Type, b: Type): boolean {
    if (a.kind === 'union') return a.of.some((each) => this.compatible(each, b));
    if (b.kind === 'union') return b.of.some((each) => this.compatible(a, each));
    switch (a.kind) {
      case 'array':
        return b.kind === 'array' && this.#arrays(a, b);
      case 'object':
        return b.kind === 'object' && this.#objects(a, b);
      case 'set':
        if (b.kind !== 'set') return false;
        return a.of === undefined || b.of === undefined || this.compatible(a.of, b.of);
      case 'function':
        if (b.kind !== 'function' || a.parameters.length !== b.parameters.length) return false;
        return a.parameters.every((parameter, index) => this.compatible(parameter, b.parameters[index]));
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
        return a === b;
    }
  }

  #arrays(a: ArrayType, b: ArrayType): boolean {
    const length = Math.max(a.elements.length, b.elements.length);
    for (let index = 0; index < length; index += 1) {
      if (!this.compatible(a.elements[index] ?? a.rest, b.elements[index] ?? b.rest)) return false;
    }
    return a.rest === undefined || b.rest === undefined || this.compatible(a.rest, b.rest);
  }

  #objects(a: ObjectType, b: ObjectType): boolean {
    const isOpen = (a.rest ?? b.rest) !== undefined;
    if (!this.#haveFields(a, b, isOpen) || !this.#haveFields(b, a, isOpen)) return false;
    const [ofA, ofB] = [a.rest?.value, b.rest?.value];
    return ofA === undefined || ofB === undefined || this.compatible(ofA, ofB);
  }

  #haveFields({ fields }: ObjectType, other: ObjectType, isOpen: boolean): boolean {
    for (const { key, value } of fields.values()) {
      const counterpart = this.#parts.at(other, key);
      if (counterpart === undefined && !isOpen) return false;
      if (counterpart !== undefined && !this.compatible(value, counterpart)) return false;
    }
    return true;
  }
}
