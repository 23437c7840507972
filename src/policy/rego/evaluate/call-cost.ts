/** What calls of built-ins count for: one that goes through a large value takes as long as a loop that does. */
import type { Builtin } from '../builtins/builtin.ts';
import type { RegoType } from '../builtins/rego-type.ts';
import type { RegoValue } from '../values/value.ts';

/** So many characters are gone through in the time of one step. */
const CHARACTERS_PER_STEP = 16;

/** In steps; what is small costs nothing. */
export function costOfCall(result: unknown, first: RegoValue | undefined): number {
  return lengthOf(result) + lengthOf(first);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Math.trunc(value.length / CHARACTERS_PER_STEP);
  return Array.isArray(value) ? value.length : 0;
}

/** What compares or counts does not go through its operands. */
const SHORT: ReadonlySet<string> = new Set(['count', 'internal.member_2', 'internal.member_3', 'minus', 'object.get']);

/** Whether calls are worth counting at all: those of numbers and comparisons are not. */
export function mayTakeLong({ name, parameters, result }: Builtin): boolean {
  if (SHORT.has(name)) return false;
  return isLong(result) || parameters.some((type) => type !== 'any' && isLong(type));
}

function isLong(type: RegoType): boolean {
  return type === 'any' || type === 'string' || typeof type === 'object';
}
