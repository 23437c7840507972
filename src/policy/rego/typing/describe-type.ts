/** Types in words, as much as a person reads of them. */
import { quote } from '../parse/quote.ts';
import { toText } from '../values/text.ts';
import type { Part, Type, TypeTable } from './type.ts';

const MAX_SHOWN = 5;

/** With its article: `a number`, `an array or a set`. */
export function describeType(type: Part, table: TypeTable): string {
  if (type === undefined || type === table.any) return 'a value of any type';
  if (type.kind !== 'union') return describeOne(type);
  const kinds = [...new Set(type.of.map(describeOne))].toSorted();
  if (kinds.length === 1) return kinds.join('');
  return `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;
}

function describeOne(type: Type): string {
  switch (type.kind) {
    case 'null':
      return '`null`';
    case 'boolean':
    case 'number':
    case 'string':
    case 'function':
      return `a ${type.kind}`;
    case 'array': {
      const length = type.elements.length;
      if (type.rest !== undefined) return 'an array';
      return length === 0 ? 'an empty array' : `an array of length ${length}`;
    }
    case 'set':
      return type.of === undefined || type.of.kind === 'union' ? 'a set' : `a set of ${PLURALS[type.of.kind]}`;
    case 'object':
      return describeFields(type);
    case 'union':
      return type.of.length === 0 ? 'a value of any type' : 'one of several types';
  }
}

const PLURALS: Readonly<Record<Exclude<Type['kind'], 'union'>, string>> = {
  null: 'nulls',
  boolean: 'booleans',
  number: 'numbers',
  string: 'strings',
  array: 'arrays',
  object: 'objects',
  set: 'sets',
  function: 'functions',
};

function describeFields(type: Type & { readonly kind: 'object' }): string {
  if (type.rest !== undefined) return 'an object';
  if (type.fields.size === 0) return 'an empty object';
  const shown = Array.from(type.fields.values())
    .slice(0, MAX_SHOWN)
    .map(({ key }) => quote(typeof key === 'string' ? key : toText(key)));
  const more = type.fields.size > MAX_SHOWN ? ', …' : '';
  return `an object with the ${type.fields.size === 1 ? 'key' : 'keys'} ${shown.join(', ')}${more}`;
}
