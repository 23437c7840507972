/** The parts of collections, of constant ones as well, and whether two terms are the same. */
import { entriesOf as entriesOfValue } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { isObject } from '../values/value.ts';
import { constant } from './constants.ts';
import type { ResolvedEntry, ResolvedTerm } from './resolved.ts';

/** Of an array. */
export function elementsOf(term: ResolvedTerm): readonly ResolvedTerm[] | undefined {
  if (term.kind === 'array') return term.elements;
  return term.kind === 'constant' && Array.isArray(term.value) ? term.value.map(constant) : undefined;
}

/** Of an object. */
export function entriesOf(term: ResolvedTerm): readonly ResolvedEntry[] | undefined {
  if (term.kind === 'object') return term.entries;
  if (term.kind !== 'constant' || !isObject(term.value)) return undefined;
  return entriesOfValue(term.value).map(([key, value]) => ({ key: constant(key), value: constant(value) }));
}

/** Whether two terms without references are written alike, so that they are equal whatever their locals are. */
export function sameTerm(a: ResolvedTerm, b: ResolvedTerm): boolean {
  if (a.kind === 'constant') return b.kind === 'constant' && equal(a.value, b.value);
  if (a.kind === 'local') return b.kind === 'local' && a.id === b.id;
  if (a.kind === 'array' || a.kind === 'set') {
    if (a.kind !== b.kind || a.elements.length !== b.elements.length) return false;
    return a.elements.every((element, index) => sameTerm(element, b.elements[index] as ResolvedTerm));
  }
  if (a.kind !== 'object' || b.kind !== 'object' || a.entries.length !== b.entries.length) return false;
  return a.entries.every(({ key, value }, index) => {
    const other = b.entries[index] as ResolvedEntry;
    return sameTerm(key, other.key) && sameTerm(value, other.value);
  });
}
