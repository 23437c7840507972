/** Operands of expressions in Cedar's text form: literals, variables, calls, attributes, and the prefixes `!` and `-`. */
import type { Expression, Span, Variable } from '../syntax.ts';
import { type CallProblem, callNode, problemOfFunctionCall, problemOfMethodCall } from './calls.ts';
import type { Punctuation } from './lexer.ts';
import { integerOf, parsePath, refuseName, takeAttribute, takeName, takeString } from './parse-literal.ts';
import { quote } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

/** The parser of whole expressions, which operands contain in brackets. */
type ParseExpression = (tokens: TokenStream) => Expression;

/** Cedar's own limit. */
const MAX_PREFIXES = 4;

/** What stands after prefixes, with them. The stream is at the first. */
export function parsePrefixed(tokens: TokenStream, parseExpression: ParseExpression): Expression {
  const prefix = tokens.at('!') ? '!' : '-';
  const starts: number[] = [];
  while (tokens.at(prefix)) {
    starts.push(tokens.start);
    tokens.advance();
  }
  if (starts.length > MAX_PREFIXES) {
    const message = `at most ${MAX_PREFIXES} ${quote(prefix)} may follow each other`;
    tokens.report('cedar/syntax', message, tokens.spanFrom(starts[0] ?? 0), 'parentheses between them allow more');
  }
  const negatesNumber = prefix === '-' && tokens.at('number');
  let expression = negatesNumber ? parseNegated(tokens, starts, parseExpression) : parseMember(tokens, parseExpression);
  for (const start of starts.slice(-MAX_PREFIXES).toReversed()) {
    tokens.grow(tokens.height);
    expression = { span: tokens.spanFrom(start), kind: prefix === '!' ? 'not' : 'negate', operand: expression };
  }
  return expression;
}

/** The last `-` is the sign of the number, unless something is called on it. */
function parseNegated(tokens: TokenStream, starts: number[], parseExpression: ParseExpression): Expression {
  const { start, text } = tokens;
  tokens.advance();
  const isObject = tokens.at('.') || tokens.at('[') || tokens.at('(');
  const signStart = isObject ? start : (starts.pop() ?? start);
  const span = tokens.spanFrom(signStart);
  tokens.height = 1;
  const literal: Expression = { span, kind: 'literal', value: integerOf(tokens, text, isObject ? '' : '-', span) };
  return isObject ? parseMembers(tokens, literal, start, parseExpression) : literal;
}

/** A value without prefixes, and what is called or looked up on it. */
export function parseMember(tokens: TokenStream, parseExpression: ParseExpression): Expression {
  const { start } = tokens;
  const primary = parsePrimary(tokens, parseExpression);
  const hasMembers = tokens.at('.') || tokens.at('[') || tokens.at('(');
  return hasMembers ? parseMembers(tokens, primary, start, parseExpression) : primary;
}

/** What follows the object: `.name`, `["name"]`, `.name(…)`, in any number. */
function parseMembers(
  tokens: TokenStream,
  object: Expression,
  start: number,
  parseExpression: ParseExpression,
): Expression {
  let expression = object;
  for (;;) {
    const { height } = tokens;
    if (tokens.accept('.')) {
      const nameSpan = tokens.span;
      const name = takeAttribute(tokens);
      if (tokens.accept('(')) {
        const given = parseSequence(tokens, ')', parseExpression);
        tokens.grow(Math.max(height, tokens.height));
        const problem = problemOfMethodCall(name, given.length);
        expression = call(tokens, name, [expression, ...given], problem, nameSpan, start);
        continue;
      }
      expression = { span: tokens.spanFrom(start), kind: 'attribute', operand: expression, name };
    } else if (tokens.accept('[')) {
      const name = parseIndex(tokens);
      expression = { span: tokens.spanFrom(start), kind: 'attribute', operand: expression, name };
    } else if (tokens.accept('(')) {
      const message = 'only functions and methods can be called, not values';
      tokens.report('cedar/wrong-call-style', message, tokens.spanFrom(start));
      parseSequence(tokens, ')', parseExpression);
    } else return expression;
    tokens.grow(height);
  }
}

function parseIndex(tokens: TokenStream): string {
  let name = '';
  if (tokens.at('string')) name = takeString(tokens);
  else
    tokens.unexpected('the name of an attribute in quotes after `[`', 'attributes cannot be chosen by a computed name');
  tokens.expect(']');
  return name;
}

function call(
  tokens: TokenStream,
  name: string,
  operands: readonly Expression[],
  problem: CallProblem | undefined,
  nameSpan: Span,
  start: number,
): Expression {
  const span = tokens.spanFrom(start);
  if (problem !== undefined) {
    const at = problem.code === 'cedar/wrong-arity' ? tokens.spanFrom(nameSpan.start) : nameSpan;
    tokens.report(problem.code, problem.message, at, problem.hint);
    return nothing(span);
  }
  return callNode(name, operands, span) ?? nothing(span);
}

/** Elements with commas between them, and one behind the last if one likes; the height is then the highest element's. */
function parseSequence<T>(tokens: TokenStream, close: Punctuation, parseElement: (tokens: TokenStream) => T): T[] {
  const elements: T[] = [];
  let height = 0;
  while (!tokens.at(close)) {
    elements.push(parseElement(tokens));
    height = Math.max(height, tokens.height);
    if (!tokens.accept(',')) break;
  }
  tokens.expect(close, `\`,\` or \`${close}\``);
  tokens.height = height;
  return elements;
}

function parsePrimary(tokens: TokenStream, parseExpression: ParseExpression): Expression {
  const { start, span } = tokens;
  if (tokens.accept('(')) {
    const expression = parseExpression(tokens);
    tokens.expect(')', 'an operator or `)`');
    return expression;
  }
  tokens.height = 1;
  if (tokens.at('identifier')) return parseNamed(tokens, parseExpression);
  if (tokens.at('string')) return { span, kind: 'literal', value: takeString(tokens) };
  if (tokens.at('number')) {
    const { text } = tokens;
    tokens.advance();
    return { span, kind: 'literal', value: integerOf(tokens, text, '', span) };
  }
  if (tokens.accept('[')) {
    const elements = parseSequence(tokens, ']', parseExpression);
    tokens.grow(tokens.height);
    return { span: tokens.spanFrom(start), kind: 'set', elements };
  }
  if (tokens.accept('{')) return parseRecord(tokens, start, parseExpression);
  if (tokens.at('slot')) return refuseSlot(tokens);
  tokens.unexpected('an expression', hintForOperand(tokens));
  return nothing(span);
}

function hintForOperand(tokens: TokenStream): string | undefined {
  if (tokens.at('!') || tokens.at('-')) return '`!` and `-` do not mix without parentheses';
  return undefined;
}

function refuseSlot(tokens: TokenStream): Expression {
  const { span } = tokens;
  const message = `the slot ${quote(tokens.text)} cannot stand in a condition`;
  tokens.report('cedar/misplaced-slot', message, span, 'slots stand in the scope: `principal == ?principal`');
  tokens.advance();
  return nothing(span);
}

/** Variables, booleans, entities, calls of functions. */
function parseNamed(tokens: TokenStream, parseExpression: ParseExpression): Expression {
  const { start, span, text } = tokens;
  if (text === 'if') {
    tokens.fail(
      'cedar/syntax',
      '`if` cannot be an operand as it stands',
      span,
      'put it in parentheses: `(if … then … else …)`',
    );
    return nothing(span);
  }
  if (text === 'true' || text === 'false') {
    tokens.advance();
    return { span, kind: 'literal', value: text === 'true' };
  }
  const path = parsePath(tokens);
  if (path.kind === 'entity') return { span: path.span, kind: 'entity', uid: path.uid };
  if (isVariable(path.name)) return { span, kind: 'variable', name: path.name };
  if (tokens.accept('(')) {
    const given = parseSequence(tokens, ')', parseExpression);
    tokens.grow(tokens.height);
    return call(tokens, path.name, given, problemOfFunctionCall(path.name), path.span, start);
  }
  if (path.name.toLowerCase() === 'not') {
    tokens.fail('cedar/syntax', `there is no operator ${quote(path.name)}`, span, 'negation is `!`');
  } else refuseName(tokens, path.name, path.span);
  return nothing(path.span);
}

function isVariable(name: string): name is Variable {
  return name === 'principal' || name === 'action' || name === 'resource' || name === 'context';
}

function parseRecord(tokens: TokenStream, start: number, parseExpression: ParseExpression): Expression {
  const names = new Set<string>();
  const fields = parseSequence(tokens, '}', () => {
    const { span } = tokens;
    const name = parseFieldName(tokens);
    tokens.expect(':');
    const value = parseExpression(tokens);
    if (names.has(name) && !tokens.failed) {
      tokens.report('cedar/duplicate-field', `the record has two fields ${quote(name)}`, span);
    }
    names.add(name);
    return { name, value };
  });
  tokens.grow(tokens.height);
  return { span: tokens.spanFrom(start), kind: 'record', fields };
}

function parseFieldName(tokens: TokenStream): string {
  if (tokens.at('string')) return takeString(tokens);
  if (tokens.at('identifier')) return takeName(tokens, 'a field', `write it in quotes: \`"${tokens.text}"\``);
  tokens.unexpected('the name of a field, or `}`', 'fields are written as `name: value` or `"any name": value`');
  return '';
}

/** Stands where nothing could be parsed, in a tree that nobody will see. */
function nothing(span: Span): Expression {
  return { span, kind: 'literal', value: false };
}
