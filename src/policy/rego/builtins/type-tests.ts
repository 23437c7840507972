/** Asking a value for its type. */
import { typeOf, type TypeName } from '../values/value.ts';
import type { Builtin } from './builtin.ts';

function isOfType(type: TypeName): Builtin {
  return { name: `is_${type}`, parameters: ['any'], result: 'boolean', call: (_, a) => typeOf(a) === type };
}

export const TYPE_BUILTINS: readonly Builtin[] = [
  isOfType('null'),
  isOfType('boolean'),
  isOfType('number'),
  isOfType('string'),
  isOfType('array'),
  isOfType('object'),
  isOfType('set'),
  { name: 'type_name', parameters: ['any'], result: 'string', call: (_, a) => typeOf(a) },
];
