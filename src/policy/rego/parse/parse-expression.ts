/** Expressions: what stands on one line of a body. */
import type { Expression } from '../syntax.ts';
import { parseEvery, parseSome } from './parse-declaration.ts';
import { continueLogical, isLogicalActive, parseBracedOperand, parseGroup, parseNegation } from './parse-logical.ts';
import { parsePlain } from './parse-plain.ts';
import { parseModifiers } from './parse-with.ts';
import { quote } from './quote.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseExpression(tokens: TokenStream): Expression | undefined {
  const { start, kind } = tokens;
  if (isLogicalActive(tokens) && (kind === Kind.leftBrace || kind === Kind.leftParenthesis)) {
    const first = kind === Kind.leftBrace ? parseBracedOperand(tokens) : parseGroup(tokens, false);
    if (tokens.failed) return undefined;
    if (first !== undefined) return continueLogical(tokens, first, start);
  }
  if (tokens.keywordBeginsRef) tokens.readAsName();
  if (tokens.at(Kind.some)) return parseSome(tokens);
  if (tokens.at(Kind.every)) return parseEvery(tokens);
  if (!tokens.at(Kind.not)) return parseRest(tokens, false, start);
  tokens.advance();
  if (tokens.at(Kind.some) || tokens.at(Kind.every)) return refuseNegation(tokens);
  if (!tokens.negationHasBody) return parseRest(tokens, true, start);
  const negation = parseNegation(tokens, start);
  return negation === undefined ? undefined : continueLogical(tokens, { body: [negation], braces: false }, start);
}

function refuseNegation(tokens: TokenStream): undefined {
  const { text, start, end } = tokens;
  return tokens.fail({
    code: 'rego/syntax',
    message: `${quote(text)} cannot be negated`,
    hint: 'put it into a rule or a function of its own, and negate that',
    opa: `illegal negation of '${text}'`,
    start,
    end,
  });
}

function parseRest(tokens: TokenStream, negated: boolean, start: number): Expression | undefined {
  const first = tokens.start;
  const expression = parsePlain(tokens, negated, start);
  if (expression === undefined) return undefined;
  const modifiers = parseModifiers(tokens);
  if (modifiers === undefined) return undefined;
  if (tokens.at(Kind.and) || tokens.at(Kind.or)) {
    const [modifier] = modifiers;
    if (modifier !== undefined) return refuseModifier(tokens, modifier.start, modifier.end);
    if (!negated && tokens.source.text.charAt(first) === '{') return refuseBraces(tokens, first);
    return continueLogical(tokens, { body: [expression], braces: false }, start);
  }
  if (modifiers.length === 0) return expression;
  return { ...expression, end: tokens.previousEnd, modifiers };
}

function refuseModifier(tokens: TokenStream, start: number, end: number): undefined {
  return tokens.fail({
    code: 'rego/syntax',
    message: `\`with\` cannot stand between an operand and \`${tokens.text}\``,
    hint: 'put the operand in parentheses together with its `with`, or the `with` behind all operands',
    start,
    end,
  });
}

function refuseBraces(tokens: TokenStream, start: number): undefined {
  return tokens.fail({
    code: 'rego/syntax',
    message: `an operand of \`${tokens.text}\` that begins with \`{\` must be a body`,
    hint: 'put a value in parentheses',
    start,
    end: tokens.previousEnd,
  });
}
