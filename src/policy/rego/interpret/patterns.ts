/** Patterns as closures: built where all their locals are bound, and unified with a value where some are not. */
import { isBound } from '../check/equations.ts';
import { objectSize } from '../evaluate/elements.ts';
import type { Pattern } from '../program.ts';
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import type { Frame } from './observer.ts';

export type Build = (frame: Frame) => RegoValue;
/** Binds what is not bound; false where the value is not what the pattern says. */
export type Unify = (frame: Frame, value: RegoValue) => boolean;

export function build(pattern: Pattern): Build {
  switch (pattern.kind) {
    case 'constant': {
      const { value } = pattern;
      return () => value;
    }
    case 'local': {
      const { id } = pattern;
      return (frame) => frame[id] as RegoValue;
    }
    case 'array':
      return buildAll(pattern.elements);
    case 'set': {
      const elements = buildAll(pattern.elements);
      return (frame) => makeSet(elements(frame));
    }
    case 'object': {
      const entries = pattern.entries.map(({ key, value }) => [build(key), build(value)] as const);
      return (frame) => makeObject(entries.map(([key, value]) => [key(frame), value(frame)] as const));
    }
  }
}

export function buildAll(patterns: readonly Pattern[]): (frame: Frame) => readonly RegoValue[] {
  const parts = patterns.map(build);
  return (frame) => parts.map((part) => part(frame));
}

/** Adds to `bound` what unifying binds. */
export function unify(pattern: Pattern, bound: Set<number>): Unify {
  if (isBound(pattern, bound)) {
    const wanted = build(pattern);
    return (frame, value) => equal(wanted(frame), value);
  }
  switch (pattern.kind) {
    case 'local': {
      const { id } = pattern;
      bound.add(id);
      return (frame, value) => {
        frame[id] = value;
        return true;
      };
    }
    case 'array': {
      const parts = pattern.elements.map((element) => unify(element, bound));
      return (frame, value) =>
        Array.isArray(value) &&
        value.length === parts.length &&
        parts.every((part, index) => part(frame, value[index] as RegoValue));
    }
    case 'object': {
      const entries = pattern.entries.map(({ key, value }) => [build(key), unify(value, bound)] as const);
      return (frame, value) =>
        objectSize(value) === entries.length &&
        entries.every(([key, part]) => {
          const found = get(value, key(frame));
          return found !== undefined && part(frame, found);
        });
    }
    case 'constant':
    case 'set':
      throw new Error('a set was checked to have all its variables bound, and has not');
  }
}
