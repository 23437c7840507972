/** Expressions that are a term, an assignment or a unification, without what may stand before and behind them. */
import type { AssignExpression, Term, TermExpression } from '../syntax.ts';
import { NO_MODIFIERS } from './parse-with.ts';
import { dottedName } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export type PlainExpression = TermExpression | AssignExpression;

/** The span begins at `start`, where a `not` may stand. */
export function parsePlain(tokens: TokenStream, negated: boolean, start: number): PlainExpression | undefined {
  const left = tokens.grammar.parseInfix(tokens, true);
  if (left === undefined) return undefined;
  const kind = tokens.at(Kind.assign) ? 'assign' : tokens.at(Kind.unify) ? 'unify' : undefined;
  if (kind === undefined) return ofTerm(left, negated, start, tokens.previousEnd);
  const { height } = tokens;
  tokens.advance();
  const right = tokens.grammar.parseInfix(tokens, true);
  if (right === undefined) return undefined;
  tokens.height = Math.max(height, tokens.height);
  return { kind, start, end: tokens.previousEnd, modifiers: NO_MODIFIERS, negated, left, right };
}

/** `eq(a, b)` and `assign(a, b)` are the operators by their names. */
function ofTerm(term: Term, negated: boolean, start: number, end: number): PlainExpression {
  if (term.kind === 'call' && term.arguments.length === 2) {
    const name = dottedName(term.operator);
    const [left, right] = term.arguments;
    if ((name === 'eq' || name === 'assign') && left !== undefined && right !== undefined) {
      const kind = name === 'eq' ? 'unify' : 'assign';
      return { kind, start, end, modifiers: NO_MODIFIERS, negated, left, right };
    }
  }
  return { kind: 'term', start, end, modifiers: NO_MODIFIERS, negated, term };
}
