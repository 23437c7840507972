/** `package` and `import` statements. */
import type { Import, Package, RegoVersion } from '../syntax.ts';
import { quote } from './quote.ts';
import { FIRST_SOFT_KEYWORD, KEYWORDS, Kind, KEYWORDS_OF_V1, TOKEN_TEXTS, type TokenKind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export function parsePackage(tokens: TokenStream): Package | undefined {
  const { start } = tokens;
  tokens.advance();
  const path = parsePath(tokens, 'a package');
  return path === undefined ? undefined : { start, end: tokens.previousEnd, path };
}

/** A name and what follows it, all of it constant. */
function parsePath(tokens: TokenStream, of: string): readonly string[] | undefined {
  if (tokens.atKeyword) tokens.readAsName();
  if (!tokens.at(Kind.name)) return tokens.unexpected(`the path of ${of}`, { hint: 'a path is `a.b`, or `a["b c"]`' });
  const { start, text } = tokens;
  const term = tokens.grammar.parseTerm(tokens);
  if (term === undefined) return undefined;
  const path = [text];
  if (term.kind === 'ref' && term.head.kind === 'variable') {
    for (const part of term.path) {
      if (part.kind !== 'string') return refusePart(tokens, part.start, part.end);
      path.push(part.value);
    }
  } else if (term.kind !== 'variable') return refusePart(tokens, start, term.end);
  // A minus behind it would make the next statement a negative number.
  return tokens.at(Kind.minus) ? tokens.unexpected('a new line after the path') : path;
}

function refusePart(tokens: TokenStream, start: number, end: number): undefined {
  const message = `${quote(tokens.source.text.slice(start, end))} cannot be a part of a path`;
  const hint = 'a path consists of names and strings: `a.b`, `a["b c"]`';
  return tokens.fail({ code: 'rego/syntax', message, hint, opa: 'unexpected token: expecting string', start, end });
}

/** Makes the keywords known that it imports. */
export function parseImport(tokens: TokenStream, version: RegoVersion): Import | undefined {
  const { start } = tokens;
  tokens.advance();
  const pathStart = tokens.start;
  const path = parsePath(tokens, 'an import');
  if (path === undefined) return undefined;
  const pathEnd = tokens.previousEnd;
  const alias = parseAlias(tokens);
  if (tokens.failed) return undefined;
  const [root = ''] = path;
  const refuse = (message: string, hint: string): undefined =>
    tokens.fail({ code: 'rego/bad-import', message, hint, opa: message, start: pathStart, end: pathEnd });
  if (root === 'rego' || root === 'future') {
    if (alias !== undefined) return refuse(`an import of \`${root}\` cannot have another name`, 'leave out the `as`');
    const keywords = root === 'rego' ? keywordsOfVersion(path) : keywordsOfFuture(path);
    if (keywords === undefined) return refuse(`there is no ${quote(path.join('.'))} to import`, hintForKeywords(root));
    for (const keyword of keywords) tokens.activate(keyword);
    return { start, end: pathEnd, path };
  }
  if (root !== 'data' && root !== 'input') {
    const hint = `write \`data.${path.join('.')}\` for a package of that name`;
    return refuse(`an import begins with \`data\`, \`input\`, \`future\` or \`rego\`, not with ${quote(root)}`, hint);
  }
  if (alias !== undefined) return { start, end: tokens.previousEnd, path, alias };
  const name = path.at(-1) ?? '';
  if (!isKeyword(name, version)) return { start, end: pathEnd, path };
  return refuse(`${quote(name)} is a keyword, and cannot be what the import is called`, 'give it another name: `as …`');
}

function parseAlias(tokens: TokenStream): string | undefined {
  if (!tokens.accept(Kind.as)) return undefined;
  if (!tokens.at(Kind.name)) return tokens.unexpected('a name after `as`', { opa: 'expected var' });
  const { text, start } = tokens;
  const term = tokens.grammar.parseTerm(tokens);
  if (term === undefined) return undefined;
  if (term.kind === 'variable' && text !== '_') return text;
  const message = `${quote(tokens.source.text.slice(start, term.end))} cannot be the name of an import`;
  const opa = 'unexpected import alias, must not be a reserved name';
  return tokens.fail({ code: 'rego/bad-import', message, opa, start, end: term.end });
}

/** A word that cannot name what a module of this version imports or defines. */
export function isKeyword(word: string, version: RegoVersion): boolean {
  const kind = KEYWORDS.get(word);
  return kind !== undefined && (kind < FIRST_SOFT_KEYWORD || (version === 'v1' && KEYWORDS_OF_V1.includes(kind)));
}

/** `not` is a keyword anyway; imported, it takes bodies. */
const KEYWORDS_OF_V2: readonly TokenKind[] = [...KEYWORDS_OF_V1, Kind.and, Kind.or, Kind.not];

function keywordsOfVersion(path: readonly string[]): readonly TokenKind[] | undefined {
  if (path.length !== 2) return undefined;
  if (path[1] === 'v1') return KEYWORDS_OF_V1;
  return path[1] === 'v2' ? KEYWORDS_OF_V2 : undefined;
}

function keywordsOfFuture(path: readonly string[]): readonly TokenKind[] | undefined {
  if (path[1] !== 'keywords' || path.length > 3) return undefined;
  const [, , word] = path;
  if (word === undefined) return KEYWORDS_OF_V2;
  const keyword = KEYWORDS.get(word);
  if (keyword === undefined || !KEYWORDS_OF_V2.includes(keyword)) return undefined;
  return keyword === Kind.every ? [Kind.every, Kind.in] : [keyword];
}

function hintForKeywords(root: 'rego' | 'future'): string {
  if (root === 'rego') return 'there are `rego.v1` and `rego.v2`';
  const words = KEYWORDS_OF_V2.map((keyword) => `\`${TOKEN_TEXTS[keyword] ?? ''}\``);
  return `there is \`future.keywords\`, and below it ${words.join(', ')}`;
}
