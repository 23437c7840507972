/** Expressions that declare variables: `some` and `every`. */
import type { Call, EveryExpression, SomeExpression, SomeInExpression, Term, Variable } from '../syntax.ts';
import { NO_MODIFIERS, parseModifiers } from './parse-with.ts';
import { dottedName, takeVariable } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** What stands around `in`. */
type Membership = { readonly key?: Term; readonly value: Term; readonly domain: Term };

export function parseSome(tokens: TokenStream): SomeExpression | SomeInExpression | undefined {
  const { start, position, wildcards } = tokens;
  tokens.advance();
  const call = tokens.guess(() => callOf(tokens.grammar.parseInfix(tokens, true)));
  if (call !== undefined) return parseSomeIn(tokens, call, start);
  const variables = parseVariables(tokens);
  if (variables === undefined) return undefined;
  if (tokens.at(Kind.in)) {
    // There was something wrong behind the `in`: reported by parsing it again.
    tokens.backTo(position, wildcards);
    tokens.advance();
    tokens.grammar.parseInfix(tokens, true);
    return undefined;
  }
  tokens.height = 1;
  return { kind: 'some', start, end: tokens.previousEnd, modifiers: NO_MODIFIERS, variables };
}

function callOf(term: Term | undefined): Call | undefined {
  return term?.kind === 'call' ? term : undefined;
}

function parseSomeIn(tokens: TokenStream, call: Call, start: number): SomeInExpression | undefined {
  const membership = membershipOf(call);
  if (membership === undefined) return refuseDeclaration(tokens, call, 'some');
  const modifiers = parseModifiers(tokens);
  if (modifiers === undefined) return undefined;
  return { kind: 'someIn', start, end: tokens.previousEnd, modifiers, ...membership };
}

function parseVariables(tokens: TokenStream): Variable[] | undefined {
  const variables: Variable[] = [];
  do {
    if (!tokens.at(Kind.name)) {
      const hint = 'write `some x, y`, or `some x in xs`';
      return tokens.unexpected('the name of a variable', { hint, opa: 'expected var' });
    }
    variables.push(takeVariable(tokens));
  } while (tokens.accept(Kind.comma));
  return variables;
}

export function parseEvery(tokens: TokenStream): EveryExpression | undefined {
  const { start } = tokens;
  tokens.advance();
  const term = tokens.grammar.parseInfix(tokens, true);
  if (term === undefined) return undefined;
  const membership = term.kind === 'call' ? membershipOf(term) : undefined;
  if (membership === undefined) return refuseDeclaration(tokens, term, 'every');
  const { key, value, domain } = membership;
  if (key !== undefined && key.kind !== 'variable') return refusePattern(tokens, key);
  if (value.kind !== 'variable') return refusePattern(tokens, value);
  const { height } = tokens;
  if (!tokens.accept(Kind.leftBrace))
    return tokens.unexpected('an operator or a body in braces', { opa: 'missing body' });
  const body = tokens.grammar.parseBody(tokens, Kind.rightBrace);
  if (body === undefined || !tokens.grow(Math.max(height, tokens.height))) return undefined;
  const modifiers = parseModifiers(tokens);
  if (modifiers === undefined) return undefined;
  const every = { kind: 'every', start, end: tokens.previousEnd, modifiers, value, domain, body } as const;
  return key === undefined ? every : { ...every, key };
}

function membershipOf(call: Call): Membership | undefined {
  const name = dottedName(call.operator);
  const [first, second, third, ...more] = call.arguments;
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  if (name === 'internal.member_2' && third === undefined) return { value: first, domain: second };
  if (name === 'internal.member_3' && third !== undefined) return { key: first, value: second, domain: third };
  return undefined;
}

function refuseDeclaration(tokens: TokenStream, term: Term, word: 'some' | 'every'): undefined {
  const { start, end } = term;
  const form = word === 'some' ? '`some x in xs`' : '`every x in xs { … }`';
  const opa =
    word === 'some' ? 'expected `x in xs` or `x, y in xs` expression' : 'expected `x[, y] in xs { ... }` expression';
  const hint = `write ${form}, or with the key ${form.replace('x', 'k, x')}`;
  return tokens.fail({
    code: 'rego/syntax',
    message: `\`${word}\` needs an \`in\` and what it goes through`,
    hint,
    opa,
    start,
    end,
  });
}

function refusePattern(tokens: TokenStream, { start, end }: Term): undefined {
  const message = '`every` gives its elements to variables, not to patterns';
  const hint = 'take a variable, and compare or unify it in the body';
  return tokens.fail({ code: 'rego/syntax', message, hint, opa: 'expected value to be a variable', start, end });
}
