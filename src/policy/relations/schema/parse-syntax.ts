/** The top level of a schema: `use` flags, definitions, partials and caveats. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import { parseCaveat } from './parse-caveat.ts';
import { parseDefinition } from './parse-definition.ts';
import type { CaveatSyntax, ObjectSyntax, SchemaSyntax } from './syntax.ts';
import { FLAGS, type TokenCursor } from './token-cursor.ts';

export function parseSyntax(cursor: TokenCursor): SchemaSyntax {
  const definitions: ObjectSyntax[] = [];
  const partials: ObjectSyntax[] = [];
  const caveats: CaveatSyntax[] = [];
  /** False when what was read is not worth going on behind. */
  const parseOne = (): boolean => {
    if (cursor.atIdentifier && cursor.token.text === 'use')
      return parseUse(cursor, definitions.length + caveats.length > 0);
    if (cursor.atKeyword('definition')) return pushTo(definitions, parseDefinition(cursor));
    if (cursor.atKeyword('caveat')) return pushTo(caveats, parseCaveat(cursor));
    if (cursor.atKeyword('partial')) return pushTo(partials, parseDefinition(cursor));
    if (cursor.atKeyword('import')) {
      const hint = 'put the definitions of that file into this one; `zed schema compile` does it';
      cursor.fail('a schema cannot import another file', hint);
      return false;
    }
    const { text } = cursor.token;
    const isFlag = cursor.token.kind === 'word' && (text === 'partial' || text === 'import');
    cursor.failExpected('`definition`, `caveat` or `use`', isFlag ? `\`use ${text}\` makes it a keyword` : undefined);
    return false;
  };
  for (;;) {
    cursor.acceptTerminator();
    if (cursor.atEnd || cursor.problems.full) break;
    const { start } = cursor.token;
    if (parseOne()) continue;
    if (cursor.token.start === start) cursor.advance();
    cursor.skipToTopLevel();
  }
  return { definitions, partials, caveats };
}

function pushTo<T>(list: T[], read: T | undefined): boolean {
  if (read === undefined) return false;
  list.push(read);
  return true;
}

function parseUse(cursor: TokenCursor, afterDefinition: boolean): boolean {
  const { start } = cursor.advance();
  const { token } = cursor;
  if (token.kind !== 'word') {
    cursor.failExpected('the name of a flag');
    return false;
  }
  cursor.advance();
  const span = { start, end: token.end };
  if (!Object.hasOwn(FLAGS, token.text)) {
    const near = nearestName(token.text, Object.keys(FLAGS));
    const hint = near === undefined ? `the flags are: ${Object.keys(FLAGS).join(', ')}` : `did you mean \`${near}\`?`;
    cursor.fail(`there is no flag \`${token.text}\``, hint, span);
  } else if (afterDefinition) cursor.fail('`use` stands before the first definition', undefined, span);
  else cursor.use(token.text);
  return true;
}
