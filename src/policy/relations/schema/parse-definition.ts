/** `definition name { … }` and `partial name { … }`: relations, permissions and references to partials. */
import { parseExpression } from './parse-expression.ts';
import { checkName, type NameKind } from './names.ts';
import type { AllowedSubject, Permission, Relation } from './schema.ts';
import type { MemberSyntax, ObjectSyntax } from './syntax.ts';
import type { TokenCursor } from './token-cursor.ts';

/** Undefined when it has no name or no body; what is wrong in the body is reported and left out. */
export function parseDefinition(cursor: TokenCursor): ObjectSyntax | undefined {
  const { start, comments, text } = cursor.advance();
  const name = cursor.path(`the name of the ${text}`);
  if (name === undefined) return undefined;
  checkName('definition', name.text, name, cursor.problems);
  if (!cursor.expect('{')) return undefined;
  const members: MemberSyntax[] = [];
  for (;;) {
    cursor.acceptTerminator();
    if (cursor.accept('}')) break;
    if (cursor.atEnd || (cursor.beginsLine && cursor.atTopLevelKeyword)) {
      cursor.failExpected(`\`}\` of \`${name.text}\``);
      break;
    }
    const member = parseMember(cursor);
    if (member !== undefined) members.push(member);
    if (member === undefined || !endsStatement(cursor)) cursor.skipStatement();
  }
  const span = { start, end: cursor.previousEnd };
  return { ...span, name: name.text, nameSpan: name, comments: normalizeComments(comments), members };
}

/** Each line without the white space around it, as SpiceDB keeps comments. */
export function normalizeComments(comments: readonly string[]): readonly string[] {
  return comments.map((comment) =>
    comment
      .split(/\r?\n/u)
      .map((line) => line.trim())
      .join('\n'),
  );
}

function endsStatement(cursor: TokenCursor): boolean {
  if (cursor.token.kind === 'newline' || cursor.atSymbol(';') || cursor.atEnd) return true;
  const closes = cursor.atSymbol('}');
  cursor.failExpected('the end of the line or `;`', closes ? 'a `;` or a new line stands before the `}`' : undefined);
  return false;
}

function parseMember(cursor: TokenCursor): MemberSyntax | undefined {
  const { start } = cursor.token;
  if (cursor.atKeyword('relation')) {
    const relation = parseRelation(cursor);
    return relation && { kind: 'relation', relation };
  }
  if (cursor.atKeyword('permission')) {
    const permission = parsePermission(cursor);
    return permission && { kind: 'permission', permission };
  }
  if (cursor.accept('...')) {
    const name = cursor.path('the name of a partial');
    return name && { kind: 'partial', name: name.text, start, end: name.end };
  }
  cursor.failExpected('`relation`, `permission` or `}`');
  return undefined;
}

function parseRelation(cursor: TokenCursor): Relation | undefined {
  const { start, comments } = cursor.advance();
  const name = parseName(cursor, 'relation');
  if (name === undefined) return undefined;
  if (cursor.atSymbol('=')) {
    cursor.failExpected('`:`', 'a relation has types (`relation owner: user`); what is computed is a `permission`');
    return undefined;
  }
  if (!cursor.expect(':')) return undefined;
  const allowed: AllowedSubject[] = [];
  do {
    const subject = parseSubject(cursor);
    if (subject === undefined) return undefined;
    allowed.push(subject);
  } while (cursor.accept('|'));
  return { name, comments: normalizeComments(comments), allowed, start, end: cursor.previousEnd };
}

function parseName(cursor: TokenCursor, kind: NameKind): string | undefined {
  const name = cursor.identifier(`the name of the ${kind}`);
  if (name !== undefined) checkName(kind, name.text, name, cursor.problems);
  return name?.text;
}

/** `user`, `user:*`, `group#member`, `group#...`, each perhaps `with caveat`, `with expiration` or both. */
function parseSubject(cursor: TokenCursor): AllowedSubject | undefined {
  const type = cursor.path('a type');
  if (type === undefined) return undefined;
  checkName('type', type.text, type, cursor.problems);
  const subject = parseSubjectKind(cursor);
  if (subject === undefined) return undefined;
  let caveat: string | undefined;
  let expires = false;
  if (cursor.acceptKeyword('with')) {
    expires = cursor.acceptKeyword('expiration');
    if (expires && cursor.atKeyword('and')) {
      cursor.fail('the caveat stands before the expiration', 'write `with CAVEAT and expiration`');
      return undefined;
    }
    if (!expires) {
      caveat = cursor.path('the name of a caveat')?.text;
      if (caveat === undefined) return undefined;
      if (cursor.acceptKeyword('and')) {
        if (!cursor.acceptKeyword('expiration')) {
          cursor.failExpected('`expiration`', 'a relationship has one caveat: join both conditions in one');
          return undefined;
        }
        expires = true;
      }
    }
  }
  return { type: type.text, subject, caveat, expires, start: type.start, end: cursor.previousEnd };
}

function parseSubjectKind(cursor: TokenCursor): AllowedSubject['subject'] | undefined {
  if (cursor.accept(':')) return cursor.expect('*') ? { kind: 'wildcard' } : undefined;
  if (!cursor.accept('#') || cursor.accept('...')) return { kind: 'object' };
  const relation = cursor.identifier('a relation, a permission or `...`');
  return relation && { kind: 'userset', relation: relation.text };
}

function parsePermission(cursor: TokenCursor): Permission | undefined {
  const { start, comments } = cursor.advance();
  const name = parseName(cursor, 'permission');
  if (name === undefined) return undefined;
  const types: string[] = [];
  if (cursor.accept(':')) {
    do {
      const type = cursor.identifier('a type');
      if (type === undefined) return undefined;
      types.push(type.text);
    } while (cursor.accept('|'));
  }
  if (!cursor.expect('=', types.length > 0 ? 'what has types alone is a `relation`' : undefined)) return undefined;
  const expression = parseExpression(cursor);
  if (expression === undefined) return undefined;
  return { name, comments: normalizeComments(comments), types, expression, start, end: expression.end };
}
