/** Which locals an expression gives values to, where others have theirs. */
import type { ResolvedExpression, ResolvedTerm } from './resolved.ts';
import { unifiedLocals } from './static-unify.ts';
import { collectLocals, IN_ARGUMENTS, localsOfTerm } from './visible-locals.ts';

const IN_PATHS = { heads: false, sets: true, keys: true } as const;

/** Those that have a value already may be among them. */
export function localsBoundBy(expression: ResolvedExpression, bound: ReadonlySet<number>): Set<number> {
  const outputs = new Set<number>();
  if (expression.negated) return outputs;
  for (const { value } of expression.modifiers) {
    for (const id of localsOfTerm(value)) if (!bound.has(id)) return outputs;
  }
  switch (expression.kind) {
    case 'term':
      collectFromPaths(expression.term, bound, outputs);
      return outputs;
    case 'unify':
      return boundByUnification(expression, bound);
    case 'call':
      return boundByCall(expression, bound);
    case 'template':
      if (expression.inputs.every((id) => bound.has(id))) outputs.add(expression.output.id);
      return outputs;
    case 'print':
    case 'every':
    case 'not':
    case 'and':
    case 'or':
      return outputs;
  }
}

/** A reference goes through everything that stands where its path has a local without a value. */
function collectFromPaths(term: ResolvedTerm, bound: ReadonlySet<number>, into: Set<number>): void {
  switch (term.kind) {
    case 'ref':
      if (term.root.kind === 'local' && !bound.has(term.root.id)) return;
      for (const part of term.path) {
        collectLocals(part, into, IN_PATHS);
        collectFromPaths(part, bound, into);
      }
      return;
    case 'array':
    case 'set':
      for (const element of term.elements) collectFromPaths(element, bound, into);
      return;
    case 'object':
      for (const { key, value } of term.entries) {
        collectFromPaths(key, bound, into);
        collectFromPaths(value, bound, into);
      }
      return;
    case 'constant':
    case 'local':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return;
  }
}

function boundByUnification(
  { left, right, assigned }: ResolvedExpression & { kind: 'unify' },
  bound: ReadonlySet<number>,
): Set<number> {
  const outputs = new Set<number>();
  collectFromPaths(left, bound, outputs);
  collectFromPaths(right, bound, outputs);
  const known = new Set([...bound, ...outputs]);
  if (assigned) {
    for (const id of localsOfTerm(left)) {
      known.delete(id);
      outputs.delete(id);
    }
  }
  for (const id of unifiedLocals(known, left, right)) outputs.add(id);
  return outputs;
}

function boundByCall(
  { arity, arguments: given }: ResolvedExpression & { kind: 'call' },
  bound: ReadonlySet<number>,
): Set<number> {
  const outputs = new Set<number>();
  for (const argument of given) collectFromPaths(argument, bound, outputs);
  const inputs = new Set<number>();
  for (const argument of given.slice(0, arity)) collectLocals(argument, inputs, IN_ARGUMENTS);
  for (const id of inputs) if (!bound.has(id) && !outputs.has(id)) return new Set();
  for (const result of given.slice(arity)) collectLocals(result, outputs, IN_ARGUMENTS);
  return outputs;
}
