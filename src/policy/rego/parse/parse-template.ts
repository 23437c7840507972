/** Template strings: texts and the expressions between them. */
import type { Expression, Template, TemplatePart } from '../syntax.ts';
import { unescapeRawTemplatePiece, unescapeTemplatePiece } from './strings.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parseTemplate(tokens: TokenStream): Template | undefined {
  const { start, kind } = tokens;
  if (!tokens.allowsTemplates) return refuseTemplate(tokens);
  const isRaw = kind === Kind.rawTemplatePart || kind === Kind.rawTemplateEnd;
  const parts: TemplatePart[] = [];
  let height = 0;
  // The first piece begins with `$` and a quote.
  for (let opening = 2; ; opening = 0) {
    const text = pieceOf(tokens, opening, isRaw);
    if (text === undefined) return undefined;
    if (text !== '') parts.push({ kind: 'string', start: tokens.start, end: tokens.end, value: text });
    const isLast = tokens.at(Kind.templateEnd) || tokens.at(Kind.rawTemplateEnd);
    tokens.advance();
    if (isLast) break;
    const part = parsePart(tokens);
    if (part === undefined) return undefined;
    height = Math.max(height, tokens.height);
    parts.push(part);
    if (!tokens.accept(Kind.rightBrace)) {
      return tokens.unexpected('an operator or `}`', { opa: 'expected } to end template string expression' });
    }
  }
  return tokens.grow(height) ? { kind: 'template', start, end: tokens.previousEnd, parts } : undefined;
}

function refuseTemplate(tokens: TokenStream): undefined {
  return tokens.fail({
    code: 'rego/template-in-v0',
    message: 'template strings are not part of Rego v0',
    hint: 'use `sprintf`, or make the module a v1 module',
    opa: 'template strings are not supported by current capabilities',
    start: tokens.start,
    end: tokens.end,
  });
}

function pieceOf(tokens: TokenStream, opening: number, isRaw: boolean): string | undefined {
  const { start, end } = tokens;
  const content = tokens.source.text.slice(start + opening, end - 1);
  const text = isRaw ? unescapeRawTemplatePiece(content) : unescapeTemplatePiece(content);
  if (text !== undefined) return text;
  const message = 'a template string with escapes contains a control character that is not escaped';
  return tokens.fail({ code: 'rego/illegal-character', message, hint: 'write `\\t`', start, end });
}

function parsePart(tokens: TokenStream): TemplatePart | undefined {
  if (tokens.at(Kind.rightBrace)) {
    return tokens.unexpected('an expression', { hint: 'a brace that means itself is written `\\{`' });
  }
  if (!tokens.enter()) return undefined;
  const expression = tokens.grammar.parseExpression(tokens);
  tokens.leave();
  if (expression === undefined) return undefined;
  if (expression.kind !== 'term' || expression.negated) return refusePart(tokens, expression);
  const { term } = expression;
  const isScalar = term.kind === 'string' || term.kind === 'number' || term.kind === 'boolean' || term.kind === 'null';
  return isScalar ? term : expression;
}

const WORDS: Readonly<Record<Expression['kind'], string>> = {
  term: 'a negation',
  unify: 'a unification (`=`)',
  assign: 'an assignment (`:=`)',
  some: 'a declaration (`some`)',
  someIn: 'a declaration (`some`)',
  every: 'a quantifier (`every`)',
  not: 'a negation',
  and: '`and`',
  or: '`or`',
};

function refusePart(tokens: TokenStream, expression: Expression): undefined {
  const { start, end, kind } = expression;
  const message = `${WORDS[kind]} has no value that could be printed in a template string`;
  const hint = kind === 'unify' ? 'equality is `==`' : 'only terms have values: names, references, calls, operators';
  return tokens.fail({ code: 'rego/syntax', message, hint, opa: 'invalid template-string expression', start, end });
}
