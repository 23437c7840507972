/** Expressions in Cedar's text form, by precedence: `||`, `&&`, relations, `+ -`, `*`, then prefixes and members. */
import type { BinaryOperator, Expression } from '../syntax.ts';
import { chainNode } from './chain.ts';
import { parseHasPath, parsePattern, parseTypeName } from './parse-literal.ts';
import { parseMember, parsePrefixed } from './parse-operand.ts';
import { quote } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

/** How tightly an operator binds; its operands bind more tightly. */
const OR = 1;
const AND = 2;
const RELATION = 3;
const SUM = 4;
const PRODUCT = 5;

type Infix = { readonly level: number } & (
  | { readonly kind: 'chain'; readonly node: 'and' | 'or'; readonly token: '&&' | '||' }
  | { readonly kind: 'test'; readonly test: 'has' | 'like' | 'is' }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator }
  /** Parsed as the operator that comes next to it, so that parsing can go on. */
  | { readonly kind: 'unsupported'; readonly operator: BinaryOperator; readonly hint: string }
);

const INFIXES: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['||', { level: OR, kind: 'chain', node: 'or', token: '||' }],
  ['&&', { level: AND, kind: 'chain', node: 'and', token: '&&' }],
  ...(['==', '!=', '<', '<=', '>', '>=', 'in'] as const).map(binary(RELATION)),
  ...(['has', 'like', 'is'] as const).map((test) => [test, { level: RELATION, kind: 'test', test }] as const),
  ...(['+', '-'] as const).map(binary(SUM)),
  ...(['*'] as const).map(binary(PRODUCT)),
  ['=', { level: RELATION, kind: 'unsupported', operator: '==', hint: 'equality is `==`' }],
  ['/', { level: PRODUCT, kind: 'unsupported', operator: '*', hint: 'Cedar has no division' }],
  ['%', { level: PRODUCT, kind: 'unsupported', operator: '*', hint: 'Cedar has no remainder' }],
]);

function binary(level: number): (operator: BinaryOperator) => readonly [string, Infix] {
  return (operator) => [operator, { level, kind: 'binary', operator }];
}

/** The longest infix that is a word: `like`. */
const MAX_WORD_LENGTH = 4;

function infixAt(tokens: TokenStream): Infix | undefined {
  if (!tokens.at('identifier')) return INFIXES.get(tokens.kind);
  return tokens.end - tokens.start > MAX_WORD_LENGTH ? undefined : INFIXES.get(tokens.text);
}

/** An expression up to the first token that cannot belong to it; the stream's `height` is then its own. */
export function parseExpression(tokens: TokenStream): Expression {
  tokens.enterBrackets();
  const expression = tokens.atWord('if') ? parseIf(tokens) : parseInfixes(tokens, OR);
  tokens.leaveBrackets();
  return expression;
}

function parseIf(tokens: TokenStream): Expression {
  const { start } = tokens;
  tokens.advance();
  const condition = parseExpression(tokens);
  let { height } = tokens;
  expectWord(tokens, 'then');
  const consequent = parseExpression(tokens);
  height = Math.max(height, tokens.height);
  expectWord(tokens, 'else');
  const alternate = parseExpression(tokens);
  tokens.grow(Math.max(height, tokens.height));
  return { span: tokens.spanFrom(start), kind: 'if', condition, consequent, alternate };
}

function expectWord(tokens: TokenStream, word: 'then' | 'else'): void {
  if (!tokens.acceptWord(word)) tokens.unexpected(`an operator or \`${word}\``);
}

/** Operands, and the infixes between them that bind at least as tightly as `level`. */
function parseInfixes(tokens: TokenStream, level: number): Expression {
  const { start } = tokens;
  const isPrefixed = tokens.at('!') || tokens.at('-');
  let left = isPrefixed ? parsePrefixed(tokens, parseExpression) : parseMember(tokens, parseExpression);
  let isRelation = false;
  for (;;) {
    const infix = infixAt(tokens);
    if (infix === undefined || infix.level < level) return left;
    // What binds more tightly comes here only after `has`, `like` and `is`, whose right sides are no operands.
    if (isRelation && infix.level >= RELATION) refuseSecondRelation(tokens);
    isRelation ||= infix.level === RELATION;
    left = parseInfix(tokens, infix, left, start);
  }
}

function parseRight(tokens: TokenStream, level: number): Expression {
  tokens.enterOperand();
  const right = parseInfixes(tokens, level);
  tokens.leaveOperand();
  return right;
}

/** The stream is at the infix; `start` is where the left operand begins, parentheses included. */
function parseInfix(tokens: TokenStream, infix: Infix, left: Expression, start: number): Expression {
  const { height, span } = tokens;
  tokens.advance();
  switch (infix.kind) {
    case 'chain': {
      const operands = [left];
      let highest = height;
      do {
        operands.push(parseRight(tokens, infix.level + 1));
        highest = Math.max(highest, tokens.height);
      } while (tokens.accept(infix.token));
      tokens.grow(highest);
      return chainNode(infix.node, operands, tokens.spanFrom(start));
    }
    case 'test':
      return parseTest(tokens, infix.test, left, start);
    case 'unsupported':
      tokens.report(
        'cedar/unsupported-operator',
        `there is no operator ${quote(tokens.source.text.slice(span.start, span.end))}`,
        span,
        infix.hint,
      );
      break;
    case 'binary':
      break;
  }
  const right = parseRight(tokens, infix.level + 1);
  tokens.grow(Math.max(height, tokens.height));
  return { span: tokens.spanFrom(start), kind: 'binary', operator: infix.operator, left, right };
}

function parseTest(tokens: TokenStream, test: 'has' | 'like' | 'is', operand: Expression, start: number): Expression {
  const { height } = tokens;
  if (test === 'has') {
    const path = parseHasPath(tokens);
    // Each name is asked of what the one before it leads to, one level deeper.
    tokens.grow(height + path.length - 1);
    return { span: tokens.spanFrom(start), kind: 'has', operand, path };
  }
  if (test === 'like') {
    const pattern = parsePattern(tokens);
    tokens.grow(height);
    return { span: tokens.spanFrom(start), kind: 'like', operand, pattern };
  }
  const entityType = parseTypeName(tokens);
  if (!tokens.acceptWord('in')) {
    tokens.grow(height);
    return { span: tokens.spanFrom(start), kind: 'is', operand, entityType };
  }
  const ancestor = parseRight(tokens, SUM);
  tokens.grow(Math.max(height, tokens.height));
  return { span: tokens.spanFrom(start), kind: 'is', operand, entityType, in: ancestor };
}

function refuseSecondRelation(tokens: TokenStream): void {
  const message = `${quote(tokens.text)} cannot follow another comparison`;
  const hint = 'parentheses say which is meant: `(a == b) == c`, or `&&` joins two comparisons';
  tokens.report('cedar/syntax', message, tokens.span, hint);
}
