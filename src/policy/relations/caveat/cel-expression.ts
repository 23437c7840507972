/** The text of a caveat as a tree of CEL; its positions are offsets in the text. */
import { parse, unparse } from '@bufbuild/cel';

import { MAX_EXPRESSION_HEIGHT, MAX_EXPRESSION_NESTING } from './limits.ts';

export type CelTree = ReturnType<typeof parse>;
export type CelExpr = CelTree['expr'];

export type ParsedCel =
  | { readonly kind: 'tree'; readonly tree: CelTree }
  | { readonly kind: 'problem'; readonly message: string; readonly at: number };

/** What stands in strings and comments is no bracket. */
const SKIPPED =
  /[rR]?"""[^]*?"""|[rR]?'''[^]*?'''|[rR]"[^"\n]*"|[rR]'[^'\n]*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*/gu;

export function parseCel(text: string): ParsedCel {
  const at = tooDeepAt(text);
  if (at !== undefined) {
    return { kind: 'problem', message: `the expression nests deeper than ${MAX_EXPRESSION_NESTING}`, at };
  }
  try {
    const tree = parse(text);
    if (heightOf(tree.expr) <= MAX_EXPRESSION_HEIGHT) return { kind: 'tree', tree };
    const message = `the expression is a tree higher than ${MAX_EXPRESSION_HEIGHT}: it has a chain of too many operators`;
    return { kind: 'problem', message, at: 0 };
  } catch (error) {
    if (error instanceof RangeError) {
      return { kind: 'problem', message: 'the expression is too deep to be read', at: 0 };
    }
    return { kind: 'problem', message: `the expression is no CEL: ${reasonOf(error)}`, at: placeOf(error) };
  }
}

/** In one form, whatever spaces and parentheses were written; as it was written when it is no CEL. */
export function printCel(text: string): string {
  const parsed = parseCel(text);
  return parsed.kind === 'tree' ? unparse(parsed.tree) : text;
}

function tooDeepAt(text: string): number | undefined {
  const plain = text.replaceAll(SKIPPED, (skipped) => ' '.repeat(skipped.length));
  let depth = 0;
  for (let at = 0; at < plain.length; at += 1) {
    const character = plain[at] ?? '';
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (depth > MAX_EXPRESSION_NESTING) return at;
  }
  return undefined;
}

/** The parser's complaint without the list of all that could stand there, which is long and always the same. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const found = /found (?<found>.*?) but expecting/su.exec(message)?.groups?.['found'];
  if (found === 'end of input') return 'it is not complete';
  return found === undefined ? message : `\`${found}\` cannot stand here`;
}

function placeOf(error: unknown): number {
  const location = (error as { readonly location?: { readonly start?: { readonly offset?: unknown } } }).location;
  return typeof location?.start?.offset === 'number' ? location.start.offset : 0;
}

/** Every expression of the tree, the root first. */
export function expressionsIn(root: CelExpr): readonly CelExpr[] {
  const found = [root];
  for (let index = 0; index < found.length; index += 1) {
    const next = found[index];
    if (next !== undefined) for (const part of partsOf(next)) found.push(part);
  }
  return found;
}

export function partsOf({ exprKind }: CelExpr): readonly CelExpr[] {
  const known = (parts: readonly (CelExpr | undefined)[]): CelExpr[] => parts.filter((part) => part !== undefined);
  switch (exprKind.case) {
    case 'selectExpr':
      return known([exprKind.value.operand]);
    case 'callExpr':
      return known([exprKind.value.target, ...exprKind.value.args]);
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        known([keyKind.case === 'mapKey' ? keyKind.value : undefined, value]),
      );
    case 'comprehensionExpr': {
      const { accuInit, iterRange, loopCondition, loopStep, result } = exprKind.value;
      return known([accuInit, iterRange, loopCondition, loopStep, result]);
    }
    case 'identExpr':
    case 'constExpr':
    case undefined:
      return [];
  }
}

/** The longest way from the root to a leaf. */
function heightOf(root: CelExpr): number {
  let height = 0;
  for (let level: readonly CelExpr[] = [root]; level.length > 0; level = level.flatMap(partsOf)) height += 1;
  return height;
}
