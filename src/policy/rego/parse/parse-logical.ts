/** `and`, `or` and `not` with bodies as operands, where `future.keywords` brought them in. */
import type { Body, Expression, LogicalExpression, NotExpression, Operand } from '../syntax.ts';
import { parsePlain } from './parse-plain.ts';
import { NO_MODIFIERS, parseModifiers } from './parse-with.ts';
import { dottedName } from './terms.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function isLogicalActive(tokens: TokenStream): boolean {
  return tokens.isActive(Kind.and) || tokens.isActive(Kind.or);
}

/** `{ body }` where `and` or `or` follows; otherwise the braces are a value, and nothing was taken. */
export function parseBracedOperand(tokens: TokenStream): Operand | undefined {
  const operand = tokens.guess(() => {
    const body = parseBraces(tokens);
    return body !== undefined && (tokens.at(Kind.and) || tokens.at(Kind.or)) ? body : undefined;
  });
  return operand === undefined ? undefined : checkBraces(tokens, operand);
}

function parseBraces(tokens: TokenStream): Body | undefined {
  tokens.advance();
  return tokens.grammar.parseBody(tokens, Kind.rightBrace);
}

/** `{ a | b }` would read as a comprehension as well. */
function checkBraces(tokens: TokenStream, body: Body): Operand | undefined {
  const [first] = body;
  const isUnion =
    first?.kind === 'term' &&
    first.term.kind === 'call' &&
    first.term.infix &&
    dottedName(first.term.operator) === 'or' &&
    tokens.source.text.charAt(first.start) !== '(';
  if (!isUnion) return { body, braces: true };
  const message = 'a union of sets in braces looks like a comprehension here';
  const hint = 'put the union in parentheses, or the comprehension';
  return tokens.fail({ code: 'rego/syntax', message, hint, start: first.start, end: first.end });
}

/** What follows the first operand, which begins at `start`: operators with their operands, then `with`. */
export function continueLogical(tokens: TokenStream, first: Operand, start: number): Expression | undefined {
  const operand = continueOr(tokens, first, start);
  const expression = operand?.body[0];
  return expression === undefined ? undefined : withModifiers(tokens, expression);
}

function withModifiers(tokens: TokenStream, expression: Expression): Expression | undefined {
  const modifiers = parseModifiers(tokens);
  if (modifiers === undefined) return undefined;
  return modifiers.length === 0 ? expression : { ...expression, end: tokens.previousEnd, modifiers };
}

function continueOr(tokens: TokenStream, first: Operand, start: number): Operand | undefined {
  let left = continueAnd(tokens, first, start);
  while (left !== undefined && tokens.at(Kind.or)) {
    const { height } = tokens;
    tokens.advance();
    const rightStart = tokens.start;
    const operand = parseOperand(tokens);
    const right = operand === undefined ? undefined : continueAnd(tokens, operand, rightStart);
    left = right === undefined ? undefined : join(tokens, 'or', left, right, start, height);
  }
  return left;
}

function continueAnd(tokens: TokenStream, first: Operand, start: number): Operand | undefined {
  let left: Operand | undefined = first;
  while (left !== undefined && tokens.at(Kind.and)) {
    const { height } = tokens;
    tokens.advance();
    const right = parseOperand(tokens);
    left = right === undefined ? undefined : join(tokens, 'and', left, right, start, height);
  }
  return left;
}

function join(
  tokens: TokenStream,
  kind: 'and' | 'or',
  left: Operand,
  right: Operand,
  start: number,
  height: number,
): Operand | undefined {
  if (!tokens.grow(Math.max(height, tokens.height))) return undefined;
  if (onlyPrints(left.body) || onlyPrints(right.body)) return refusePrint(tokens, kind, start);
  const end = tokens.previousEnd;
  const node: LogicalExpression = { kind, start, end, modifiers: NO_MODIFIERS, left, right };
  return { body: [node], braces: false };
}

/** `print` is the built-in without a value: nothing can come of an operand that consists of it. */
function onlyPrints(body: Body): boolean {
  return body.every(
    (each) =>
      each.kind === 'term' && !each.negated && each.term.kind === 'call' && dottedName(each.term.operator) === 'print',
  );
}

function refusePrint(tokens: TokenStream, kind: 'and' | 'or', start: number): undefined {
  const message = `an operand of \`${kind}\` cannot consist of calls of \`print\` alone`;
  const hint = 'move them out of the operand, or add an expression that can fail';
  return tokens.fail({ code: 'rego/syntax', message, hint, start, end: tokens.previousEnd });
}

function parseOperand(tokens: TokenStream): Operand | undefined {
  const { start, kind } = tokens;
  if (kind === Kind.leftBrace) {
    const body = parseBraces(tokens);
    return body === undefined ? undefined : checkBraces(tokens, body);
  }
  const negated = kind === Kind.not && !tokens.keywordBeginsRef;
  if (negated) {
    tokens.advance();
    if (tokens.negationHasBody) return parseNegatedOperand(tokens, start);
  } else if (kind === Kind.leftParenthesis) {
    const group = parseGroup(tokens, true);
    if (group !== undefined || tokens.failed) return group;
  }
  const expression = parsePlain(tokens, negated, start);
  return expression === undefined ? undefined : { body: [expression], braces: false };
}

function parseNegatedOperand(tokens: TokenStream, start: number): Operand | undefined {
  const negation = parseNegation(tokens, start);
  return negation === undefined ? undefined : { body: [negation], braces: false };
}

/** What `not` negates, where its operand is a body; the `not` was taken, a `with` behind it is not. */
export function parseNegation(tokens: TokenStream, start: number): NotExpression | undefined {
  const operand = parseNegated(tokens);
  if (operand === undefined || !tokens.grow(tokens.height)) return undefined;
  return { kind: 'not', start, end: tokens.previousEnd, modifiers: NO_MODIFIERS, ...operand };
}

function parseNegated(tokens: TokenStream): Operand | undefined {
  const { start, kind } = tokens;
  if (kind === Kind.leftBrace) {
    const body = parseBraces(tokens);
    return body === undefined ? undefined : checkBraces(tokens, body);
  }
  if (kind === Kind.leftParenthesis) {
    const group = parseGroup(tokens, true);
    if (group !== undefined || tokens.failed) return group;
  }
  const expression = parsePlain(tokens, false, start);
  return expression === undefined ? undefined : { body: [expression], braces: false };
}

/**
 * Operands in parentheses. Nothing is taken where they hold a term: `(a == b)`, `({1})`. `isOperand`: the parentheses
 * stand beside `and` or `or` or behind `not`.
 */
export function parseGroup(tokens: TokenStream, isOperand: boolean): Operand | undefined {
  const { position, wildcards } = tokens;
  if (!tokens.enter()) return undefined;
  tokens.advance();
  const { start } = tokens;
  const operand = tokens.guess(() => parseOperand(tokens));
  const group = operand === undefined ? undefined : parseRestOfGroup(tokens, operand, start, isOperand);
  tokens.leave();
  if (group === undefined && !tokens.failed) tokens.backTo(position, wildcards);
  return group;
}

/** Undefined without a failure: the parentheses are those of a term. */
function parseRestOfGroup(tokens: TokenStream, first: Operand, start: number, isOperand: boolean): Operand | undefined {
  const [only] = first.body;
  if (tokens.at(Kind.and) || tokens.at(Kind.or)) {
    const expression = continueLogical(tokens, first, start);
    return expression === undefined ? undefined : closeGroup(tokens, { body: [expression], braces: false });
  }
  if (first.braces || only === undefined) return undefined;
  if (tokens.at(Kind.with)) {
    const expression = withModifiers(tokens, only);
    const closed = expression === undefined ? undefined : closeGroup(tokens, { body: [expression], braces: false });
    if (closed === undefined || isOperand || tokens.at(Kind.and) || tokens.at(Kind.or)) return closed;
    return undefined;
  }
  const isGroup =
    only.kind === 'and' || only.kind === 'or' || only.kind === 'not' || (only.kind === 'term' && only.negated);
  return isGroup ? closeGroup(tokens, first) : undefined;
}

function closeGroup(tokens: TokenStream, operand: Operand): Operand | undefined {
  if (!tokens.accept(Kind.rightParenthesis)) return tokens.unexpected('`and`, `or` or `)`');
  return operand;
}
