/** Heads of rules: the name and its path, parameters, and the value or the member that the rule gives. */
import type { Ref, RuleHead, Term, Variable } from '../syntax.ts';
import { opensPart, parseParts } from './parse-ref.ts';
import { quote } from './quote.ts';
import { takeVariable } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** What was written, before it is known what kind of rule it is. */
export type WrittenHead = {
  readonly start: number;
  /** Where the name, its path and the parameters end. */
  readonly nameEnd: number;
  readonly ref: RuleHead['ref'];
  readonly parameters?: readonly Term[];
  /** White space stands behind the name, which only a rule with a body may have. */
  readonly isDetached: boolean;
  readonly member?: Term;
  readonly value?: Term;
  readonly assignment?: ':=' | '=';
};

/** The stream is at a name. */
export function parseHead(tokens: TokenStream): WrittenHead | undefined {
  const { start } = tokens;
  const name = takeVariable(tokens);
  const isDetached = opensPart(tokens) && !tokens.adjacent;
  const term = opensPart(tokens) ? parseParts(tokens, name) : name;
  if (term === undefined) return undefined;
  const called = term.kind === 'call' ? term : undefined;
  const ref = term.kind === 'variable' ? refOf(term) : term.kind === 'ref' ? term : called?.operator;
  if (ref === undefined || !isRuleRef(ref)) {
    return refuseName(tokens, term, 'a rule is named by a name and its path, with parameters behind them');
  }
  const nameEnd = tokens.previousEnd;
  const hasParameters = called !== undefined && called.arguments.length > 0;
  const named = { start, nameEnd, ref, isDetached, ...(hasParameters ? { parameters: called.arguments } : {}) };
  if (tokens.at(Kind.contains)) {
    if (called !== undefined) return refuseMember(tokens);
    tokens.advance();
    const member = tokens.grammar.parseInfix(tokens, true);
    return member === undefined ? undefined : { ...named, member };
  }
  const assignment = tokens.at(Kind.assign) ? ':=' : tokens.at(Kind.unify) ? '=' : undefined;
  if (assignment === undefined) return named;
  tokens.advance();
  const value = tokens.grammar.parseInfix(tokens, true);
  return value === undefined ? undefined : { ...named, assignment, value };
}

function refOf(name: Variable): Ref {
  return { kind: 'ref', start: name.start, end: name.end, head: name, path: [] };
}

function isRuleRef(ref: Ref): ref is RuleHead['ref'] {
  return ref.head.kind === 'variable';
}

function refuseName(tokens: TokenStream, { start, end }: Term, message: string): undefined {
  const opa = 'expected rule head name';
  return tokens.fail({ code: 'rego/bad-head', message, opa, start, end });
}

function refuseMember(tokens: TokenStream): undefined {
  return tokens.fail({
    code: 'rego/bad-head',
    message: `a function cannot have members: ${quote('contains')} stands behind its parameters`,
    hint: 'let the function give a set: `f(x) := {…}`',
    opa: 'unexpected contains keyword: the contains keyword can only be used with multi-value rule definitions',
    start: tokens.start,
    end: tokens.end,
  });
}
