/** The operators that compare any two values. */
import { compare } from '../values/compare.ts';
import { equal } from '../values/equal.ts';
import type { RegoValue } from '../values/value.ts';
import type { Builtin } from './builtin.ts';

function comparison(name: string, holds: (a: RegoValue, b: RegoValue) => boolean): Builtin {
  return { name, parameters: ['any', 'any'], result: 'boolean', call: (_, a, b) => holds(a, b) };
}

export const COMPARISON_BUILTINS: readonly Builtin[] = [
  comparison('eq', equal),
  comparison('equal', equal),
  comparison('neq', (a, b) => !equal(a, b)),
  comparison('lt', (a, b) => compare(a, b) < 0),
  comparison('lte', (a, b) => compare(a, b) <= 0),
  comparison('gt', (a, b) => compare(a, b) > 0),
  comparison('gte', (a, b) => compare(a, b) >= 0),
];
