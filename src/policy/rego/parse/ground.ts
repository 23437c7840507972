/** What of a term is constant. */
import type { Ref, Term } from '../syntax.ts';

/** Whether it has no variables of its own; the name that a reference begins with does not count, as in OPA. */
export function isGround(term: Term): boolean {
  switch (term.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return true;
    case 'variable':
    case 'template':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return false;
    case 'ref':
      return term.path.every(isGround);
    case 'call':
      return term.arguments.every(isGround);
    case 'array':
    case 'set':
      return term.elements.every(isGround);
    case 'object':
      return term.entries.every(({ key, value }) => isGround(key) && isGround(value));
  }
}

/** The name and the constant parts directly behind it. */
export function groundPrefix(ref: Ref): readonly Term[] {
  const end = ref.path.findIndex((part) => !isGround(part));
  return end === -1 ? ref.path : ref.path.slice(0, end);
}

/** What in a term must be evaluated; what comprehensions contain is their own affair. */
export function findEvaluated(term: Term): Term | undefined {
  switch (term.kind) {
    case 'ref':
    case 'variable':
    case 'call':
      return term;
    case 'array':
    case 'set':
      return findFirst(term.elements);
    case 'object':
      return findFirst(term.entries.flatMap(({ key, value }) => [key, value]));
    case 'template':
      return findFirst(term.parts.map((part) => (part.kind === 'term' ? part.term : part)));
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return undefined;
  }
}

function findFirst(terms: readonly Term[]): Term | undefined {
  for (const term of terms) {
    const found = findEvaluated(term);
    if (found !== undefined) return found;
  }
  return undefined;
}
