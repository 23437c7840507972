/** Which locals an expression gives values to, where others have theirs. */
import { BoundLocals, type Bound } from './bound-locals.ts';
import type { ResolvedExpression, ResolvedTerm } from './resolved.ts';
import { unifiedLocals } from './static-unify.ts';
import { IN_PATTERNS, localsOfTerm } from './visible-locals.ts';

const NONE: ReadonlySet<number> = new Set();

/** Those that have a value already may be among them. */
export function localsBoundBy(expression: ResolvedExpression, bound: Bound): Set<number> {
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
function collectFromPaths(term: ResolvedTerm, bound: Bound, into: Set<number>): void {
  switch (term.kind) {
    case 'ref':
      if (term.root.kind === 'local' && !bound.has(term.root.id)) return;
      for (const part of term.path) {
        collectFromPaths(part, bound, into);
        collectFromPattern(part, bound, into);
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
  bound: Bound,
): Set<number> {
  const fromPaths = new Set<number>();
  collectFromPaths(left, bound, fromPaths);
  collectFromPaths(right, bound, fromPaths);
  const given = assigned ? localsOfTerm(left) : NONE;
  for (const id of given) fromPaths.delete(id);
  const known = { has: (id: number): boolean => !given.has(id) && (fromPaths.has(id) || bound.has(id)) };
  const unified = unifiedLocals(known, left, right);
  for (const side of [left, right]) withoutCompared(side, new BoundLocals(known), unified);
  for (const id of fromPaths) unified.add(id);
  return unified;
}

function boundByCall({ arity, arguments: given }: ResolvedExpression & { kind: 'call' }, bound: Bound): Set<number> {
  const outputs = new Set<number>();
  for (const argument of given) collectFromPaths(argument, bound, outputs);
  for (const argument of given.slice(0, arity)) {
    for (const id of localsOfTerm(argument)) if (!bound.has(id) && !outputs.has(id)) return new Set();
  }
  for (const result of given.slice(arity)) collectFromPattern(result, bound, outputs);
  return outputs;
}

function collectFromPattern(pattern: ResolvedTerm, bound: Bound, into: Set<number>): void {
  const found = localsOfTerm(pattern, IN_PATTERNS);
  withoutCompared(pattern, new BoundLocals({ has: (id) => into.has(id) || bound.has(id) }), found);
  for (const id of found) into.add(id);
}

/** Takes out what a pattern would compare before it has bound it: `[{x}, x]`, while `[x, {x}]` is in order. */
function withoutCompared(pattern: ResolvedTerm, known: BoundLocals, outputs: Set<number>): void {
  switch (pattern.kind) {
    case 'local':
      known.add(pattern.id);
      return;
    case 'array':
      for (const element of pattern.elements) withoutCompared(element, known, outputs);
      return;
    case 'set':
      for (const id of localsOfTerm(pattern)) if (!known.has(id)) outputs.delete(id);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        for (const id of localsOfTerm(key)) if (!known.has(id)) outputs.delete(id);
        withoutCompared(value, known, outputs);
      }
      return;
    case 'constant':
    case 'ref':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return;
  }
}
