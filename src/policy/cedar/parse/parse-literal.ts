/** What stands for itself in Cedar's text: strings, patterns, numbers, entities, the names of types and attributes. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { EntityUid } from '../entity-uid.ts';
import { type Long, longOf } from '../long.ts';
import type { Pattern, Span } from '../syntax.ts';
import { type EscapeProblem, unescapePattern, unescapeString } from './escapes.ts';
import { isReserved } from './names.ts';
import { quote } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

/** The characters of the string that the stream is at. */
export function takeString(tokens: TokenStream): string {
  const { start, end, source } = tokens;
  const value = unescapeString(source.text, start + 1, end - 1, (problem) => refuseEscape(tokens, problem));
  tokens.advance();
  return value;
}

function refuseEscape(tokens: TokenStream, { message, span, hint }: EscapeProblem): void {
  tokens.report('cedar/bad-escape', message, span, hint);
}

/** The right side of `like`. */
export function parsePattern(tokens: TokenStream): Pattern {
  if (!tokens.at('string')) {
    tokens.unexpected(
      'a pattern in quotes after `like`',
      'a pattern is a literal such as `"*.jpg"`, without parentheses',
    );
    return [];
  }
  const { start, end, source } = tokens;
  const pattern = unescapePattern(source.text, start + 1, end - 1, (problem) => refuseEscape(tokens, problem));
  tokens.advance();
  return pattern;
}

/** More digits than any 64-bit integer has, leading zeros aside: nobody need multiply them out. */
const MAX_DIGITS = 20;

/** The integer that the digits make; 0 after reporting one that 64 bits do not hold. */
export function integerOf(tokens: TokenStream, digits: string, sign: '' | '-', span: Span): Long {
  if (digits.length < 16) return sign === '-' ? 0 - Number(digits) : Number(digits);
  const significant = digits.replace(/^0+(?=\d)/u, '');
  const value = significant.length > MAX_DIGITS ? undefined : longOf(BigInt(sign + significant));
  if (value !== undefined) return value;
  const hint = 'integers go from -9223372036854775808 to 9223372036854775807';
  tokens.report('cedar/integer-overflow', `${quote(sign + digits)} does not fit in 64 bits`, span, hint);
  return 0;
}

/** What begins with an identifier: `Shop::User::"alice"`, or the path alone. */
export type Path =
  | { readonly kind: 'entity'; readonly uid: EntityUid; readonly span: Span }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span };

/** The stream is at an identifier, which may be a reserved word. */
export function parsePath(tokens: TokenStream): Path {
  const { start } = tokens;
  let name = takeName(tokens, 'a type');
  while (tokens.accept('::')) {
    if (tokens.at('string')) {
      const id = takeString(tokens);
      return { kind: 'entity', uid: { type: name, id }, span: tokens.spanFrom(start) };
    }
    if (!tokens.at('identifier')) {
      const hint = tokens.at('{') ? `entities are written as ${quote(`${name}::"id"`)}` : undefined;
      tokens.unexpected('the id of the entity in quotes, or the next part of its type', hint);
      break;
    }
    name += `::${takeName(tokens, 'a type')}`;
  }
  return { kind: 'name', name, span: tokens.spanFrom(start) };
}

/** The identifier that the stream is at; reports one that is a reserved word. */
export function takeName(tokens: TokenStream, what: string, hint?: string): string {
  const { text, span } = tokens;
  tokens.advance();
  if (isReserved(text)) {
    tokens.report('cedar/reserved-name', `${quote(text)} is a reserved word and cannot name ${what}`, span, hint);
  }
  return text;
}

/** The name of an attribute or a method after a dot. */
export function takeAttribute(tokens: TokenStream): string {
  if (tokens.at('identifier')) return takeName(tokens, 'an attribute', `write it as \`["${tokens.text}"]\``);
  tokens.unexpected('the name of an attribute or of a method after `.`');
  return '';
}

/** The type after `is`. */
export function parseTypeName(tokens: TokenStream): string {
  if (!tokens.at('identifier')) {
    const hint = tokens.at('string') ? 'types stand without quotes' : undefined;
    tokens.unexpected('the name of an entity type after `is`', hint);
    return '';
  }
  const path = parsePath(tokens);
  if (path.kind === 'name') return path.name;
  const message = `\`is\` takes a type, and ${quote(path.uid.type)} with an id is an entity`;
  tokens.report('cedar/syntax', message, path.span, 'leave the id out, or use `==` or `in`');
  return path.uid.type;
}

/** The right side of `has`: a name, a name in quotes, or names joined by dots. */
export function parseHasPath(tokens: TokenStream): readonly string[] {
  if (tokens.at('string')) return [takeString(tokens)];
  if (!tokens.at('identifier')) {
    tokens.unexpected('the name of an attribute after `has`', 'a name in quotes may be any string, and stands alone');
    return [];
  }
  const path = [takeName(tokens, 'an attribute', `write it in quotes: \`"${tokens.text}"\``)];
  while (tokens.accept('.')) path.push(takeAttribute(tokens));
  return path;
}

/** What somebody most likely meant who wrote a path where an entity is wanted: `User::alice` is `User::"alice"`. */
export function withId(path: string): string {
  const end = path.lastIndexOf('::');
  return end === -1 ? `${path}::"id"` : `${path.slice(0, end)}::"${path.slice(end + 2)}"`;
}

const VARIABLES = ['principal', 'action', 'resource', 'context'];

/** A name that stands where a value is wanted. */
export function refuseName(tokens: TokenStream, name: string, span: Span): void {
  if (name.includes('::')) {
    const hint = `an entity is written as ${quote(withId(name))}`;
    tokens.report('cedar/unknown-variable', `${quote(name)} is the name of a type, not a value`, span, hint);
    return;
  }
  const nearest = nearestName(name, VARIABLES);
  const hint =
    nearest === undefined
      ? `the variables are principal, action, resource and context; a text stands in quotes: ${quote(`"${name}"`)}`
      : `did you mean ${quote(nearest)}?`;
  tokens.report('cedar/unknown-variable', `there is no variable ${quote(name)}`, span, hint);
}
