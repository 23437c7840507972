/** Permissions: `+` binds tighter than `&`, and `&` tighter than `-`, as in SpiceDB; each associates to the left. */
import type { Span } from '../../source-position.ts';
import { MAX_NESTING, MAX_OPERANDS } from './limits.ts';
import { checkName } from './names.ts';
import type { SetExpression } from './schema.ts';
import type { TokenCursor } from './token-cursor.ts';

/** How many operands and how deep so far. */
type Extent = { operands: number; depth: number };

export function parseExpression(cursor: TokenCursor): SetExpression | undefined {
  return parseExclusion(cursor, { operands: 0, depth: 0 });
}

function parseExclusion(cursor: TokenCursor, extent: Extent): SetExpression | undefined {
  let base = parseIntersection(cursor, extent);
  // A chain of exclusions is a tree as high as the chain is long.
  for (let height = extent.depth; base !== undefined && cursor.accept('-'); height += 1) {
    if (height >= MAX_NESTING) return tooDeep(cursor);
    const excluded = parseIntersection(cursor, extent);
    if (excluded === undefined) return undefined;
    base = { kind: 'exclusion', base, excluded, start: base.start, end: excluded.end };
  }
  return base;
}

function parseIntersection(cursor: TokenCursor, extent: Extent): SetExpression | undefined {
  return parseList(cursor, '&', 'intersection', () =>
    parseList(cursor, '+', 'union', () => parseOperand(cursor, extent)),
  );
}

/** One node however long the list is, and whatever parentheses stand in it: both operations are associative. */
function parseList(
  cursor: TokenCursor,
  operator: string,
  kind: 'union' | 'intersection',
  parseNext: () => SetExpression | undefined,
): SetExpression | undefined {
  const first = parseNext();
  if (first === undefined || !cursor.atSymbol(operator)) return first;
  const operands: SetExpression[] = [];
  const add = (operand: SetExpression): void => {
    if (operand.kind === kind) for (const inner of operand.operands) operands.push(inner);
    else operands.push(operand);
  };
  add(first);
  let { end } = first;
  while (cursor.accept(operator)) {
    const next = parseNext();
    if (next === undefined) return undefined;
    add(next);
    ({ end } = next);
  }
  return { kind, operands, start: first.start, end };
}

function parseOperand(cursor: TokenCursor, extent: Extent): SetExpression | undefined {
  extent.operands += 1;
  if (extent.operands > MAX_OPERANDS) {
    cursor.fail(`a permission has more than ${MAX_OPERANDS} operands`);
    return undefined;
  }
  const { start, end } = cursor.token;
  if (cursor.atSymbol('(')) return parseParentheses(cursor, extent);
  if (cursor.acceptKeyword('nil')) return { kind: 'nil', start, end };
  if (cursor.acceptKeyword('self')) return { kind: 'self', start, end };
  const name = cursor.identifier('a relation, a permission, `nil` or `(`');
  if (name === undefined) return undefined;
  if (cursor.atSymbol('->') || cursor.atSymbol('.')) return parseArrow(cursor, name.text, start);
  return { kind: 'computed', name: name.text, start, end };
}

function parseParentheses(cursor: TokenCursor, extent: Extent): SetExpression | undefined {
  if (extent.depth >= MAX_NESTING) return tooDeep(cursor);
  const { start } = cursor.advance();
  extent.depth += 1;
  const inner = parseExclusion(cursor, extent);
  extent.depth -= 1;
  if (inner === undefined || !cursor.expect(')')) return undefined;
  const span = { start, end: cursor.previousEnd };
  if (cursor.atSymbol('->') || cursor.atSymbol('.')) {
    cursor.fail('an arrow begins at a relation', 'write each operand with an arrow of its own', span);
    return undefined;
  }
  return { ...inner, ...span };
}

/** `relation->target`, `relation.any(target)`, `relation.all(target)`. */
function parseArrow(cursor: TokenCursor, relation: string, start: number): SetExpression | undefined {
  let word = '';
  let target: (Span & { readonly text: string }) | undefined;
  if (cursor.accept('->')) target = cursor.identifier('the relation or permission that the arrow leads to');
  else {
    cursor.advance();
    const { token } = cursor;
    if (!cursor.atIdentifier || (token.text !== 'any' && token.text !== 'all')) {
      cursor.failExpected('`any` or `all`');
      return undefined;
    }
    word = cursor.advance().text;
    if (!cursor.expect('(')) return undefined;
    target = cursor.identifier('the relation or permission that the arrow leads to');
    if (target !== undefined && !cursor.expect(')')) return undefined;
  }
  if (target === undefined) return undefined;
  // The other names have to be there, which this one need not.
  checkName('permission', target.text, target, cursor.problems);
  if (cursor.atSymbol('->') || cursor.atSymbol('.')) {
    cursor.fail('an arrow cannot follow another one', `make a permission of \`${relation}->${target.text}\` there`);
    return undefined;
  }
  const span = { start, end: cursor.previousEnd };
  const arrow = { kind: 'arrow', relation, target: target.text, every: word === 'all', ...span } as const;
  return word === 'any' ? { ...arrow, any: true } : arrow;
}

function tooDeep(cursor: TokenCursor): undefined {
  cursor.fail(`the permission nests deeper than ${MAX_NESTING}`, 'give parts of it permissions of their own');
}
