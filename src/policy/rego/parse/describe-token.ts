/** A token in words, what its author most likely meant, and what OPA calls it. */
import { quote } from './quote.ts';
import { FIRST_KEYWORD, Kind, TOKEN_TEXTS, type TokenKind } from './token-kind.ts';

export function describeToken(kind: TokenKind, text: string): string {
  if (kind === Kind.end) return 'the end of the text';
  if (kind >= FIRST_KEYWORD) return `the keyword ${quote(text)}`;
  if (kind === Kind.name || (kind >= Kind.number && kind <= Kind.rawTemplateEnd)) {
    return `the ${TOKEN_TEXTS[kind] ?? ''} ${quote(text)}`;
  }
  return quote(text);
}

/** `next` is the character behind the token. */
export function hintForToken(kind: TokenKind, text: string, next: string): string | undefined {
  if (kind === Kind.ampersand)
    return 'that both hold is said by two expressions, on two lines or with `;` between them';
  if (kind === Kind.bar) return 'that either holds is said by two rules of the same name';
  if (kind === Kind.divide && (next === '/' || next === '*')) return 'comments begin with `#`';
  if (kind === Kind.unify) return 'equality is `==`, an assignment is `:=`';
  if (kind === Kind.rightBrace) return 'a body or a value is missing before it, or there is one `}` too many';
  if (kind === Kind.name) return NAME_HINTS.get(text);
  return undefined;
}

const NAME_HINTS: ReadonlyMap<string, string> = new Map([
  ['in', '`in` must be imported in this version: `import future.keywords.in`'],
  ['if', '`if` must be imported in this version: `import future.keywords.if`'],
  ['contains', '`contains` must be imported in this version: `import future.keywords.contains`'],
  ['every', '`every` must be imported in this version: `import future.keywords.every`'],
  ['and', '`and` must be imported: `import future.keywords.and`'],
  ['or', '`or` must be imported: `import future.keywords.or`'],
]);

/** The words that OPA's own messages use, for `rego.parse_module`. */
const OPA_NAMES: ReadonlyMap<TokenKind, string> = new Map<TokenKind, string>([
  [Kind.end, 'eof'],
  [Kind.name, 'identifier'],
  [Kind.templatePart, 'template-string-part'],
  [Kind.templateEnd, 'template-string-end'],
  [Kind.rawTemplatePart, 'raw-template-string-part'],
  [Kind.rawTemplateEnd, 'raw-template-string-end'],
  [Kind.plus, 'plus'],
  [Kind.minus, 'minus'],
  [Kind.times, 'mul'],
  [Kind.divide, 'div'],
  [Kind.remainder, 'rem'],
  [Kind.ampersand, 'and'],
  [Kind.bar, 'or'],
  [Kind.unify, 'eq'],
  [Kind.equal, 'equal'],
  [Kind.assign, 'assign'],
  [Kind.notEqual, 'neq'],
  [Kind.greater, 'gt'],
  [Kind.less, 'lt'],
  [Kind.greaterOrEqual, 'gte'],
  [Kind.lessOrEqual, 'lte'],
]);

export function opaTokenName(kind: TokenKind): string {
  if (kind === Kind.illegal) return 'illegal token';
  const name = OPA_NAMES.get(kind) ?? TOKEN_TEXTS[kind] ?? '';
  return `unexpected ${name} ${kind >= FIRST_KEYWORD ? 'keyword' : 'token'}`;
}
