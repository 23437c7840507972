/** The kinds of Rego's tokens, as small numbers because they stand in typed arrays, and their names. */

/** Kinds from `in` on are keywords only where the version or an import makes them so; elsewhere they are names. */
export const Kind = {
  end: 0,
  illegal: 1,
  name: 2,
  number: 3,
  string: 4,
  rawString: 5,
  /** A piece of a template up to `{`, or up to its end. */
  templatePart: 6,
  templateEnd: 7,
  rawTemplatePart: 8,
  rawTemplateEnd: 9,
  leftBracket: 10,
  rightBracket: 11,
  leftBrace: 12,
  rightBrace: 13,
  leftParenthesis: 14,
  rightParenthesis: 15,
  comma: 16,
  colon: 17,
  semicolon: 18,
  dot: 19,
  assign: 20,
  unify: 21,
  equal: 22,
  notEqual: 23,
  less: 24,
  lessOrEqual: 25,
  greater: 26,
  greaterOrEqual: 27,
  plus: 28,
  minus: 29,
  times: 30,
  divide: 31,
  remainder: 32,
  ampersand: 33,
  bar: 34,
  package: 35,
  import: 36,
  as: 37,
  default: 38,
  else: 39,
  not: 40,
  some: 41,
  with: 42,
  null: 43,
  true: 44,
  false: 45,
  in: 46,
  every: 47,
  contains: 48,
  if: 49,
  and: 50,
  or: 51,
} as const;

export type TokenKind = (typeof Kind)[keyof typeof Kind];

/** As it is written; of a token with a text of its own, what it is called. */
export const TOKEN_TEXTS: readonly string[] = [
  'end of the text',
  'illegal token',
  'name',
  'number',
  'string',
  'string',
  ...['template string', 'template string', 'template string', 'template string'],
  ...['[', ']', '{', '}', '(', ')', ',', ':', ';', '.'],
  ...[':=', '=', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&', '|'],
  ...['package', 'import', 'as', 'default', 'else', 'not', 'some', 'with', 'null', 'true', 'false'],
  ...['in', 'every', 'contains', 'if', 'and', 'or'],
];

export const FIRST_KEYWORD: TokenKind = Kind.package;
export const FIRST_SOFT_KEYWORD: TokenKind = Kind.in;

/** By their words, for the lexer and for imports. */
export const KEYWORDS: ReadonlyMap<string, TokenKind> = new Map(
  TOKEN_TEXTS.slice(FIRST_KEYWORD).map((word, index) => [word, (FIRST_KEYWORD + index) as TokenKind]),
);

/** Keywords that v0 has to import, one by one or with `rego.v1`. */
export const KEYWORDS_OF_V1: readonly TokenKind[] = [Kind.in, Kind.every, Kind.contains, Kind.if];
