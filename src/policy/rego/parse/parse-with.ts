/** `with target as value`, in any number, behind an expression. */
import type { With } from '../syntax.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

export const NO_MODIFIERS: readonly With[] = Object.freeze([]);

/** Undefined when they could not be parsed. */
export function parseModifiers(tokens: TokenStream): readonly With[] | undefined {
  if (!tokens.at(Kind.with)) return NO_MODIFIERS;
  let { height } = tokens;
  const modifiers: With[] = [];
  while (tokens.at(Kind.with)) {
    const modifier = parseModifier(tokens);
    if (modifier === undefined) return undefined;
    height = Math.max(height, tokens.height);
    modifiers.push(modifier);
  }
  tokens.height = height;
  return modifiers;
}

const TARGETS = 'a target is `input`, `data`, a path below them, or the name of a function';

function parseModifier(tokens: TokenStream): With | undefined {
  const { start } = tokens;
  tokens.advance();
  if (!tokens.at(Kind.name)) return tokens.unexpected('what to replace', { hint: TARGETS, opa: 'expected ident' });
  const target = tokens.grammar.parseTerm(tokens);
  if (target === undefined) return undefined;
  if (target.kind !== 'ref' && target.kind !== 'variable') {
    const { start: from, end } = target;
    const message = `a ${target.kind} cannot be replaced by \`with\``;
    return tokens.fail({
      code: 'rego/syntax',
      message,
      hint: TARGETS,
      opa: 'expected with target path',
      start: from,
      end,
    });
  }
  const { height } = tokens;
  if (!tokens.accept(Kind.as)) return tokens.unexpected('`as` and a value', { opa: 'expected as keyword' });
  const value = tokens.grammar.parseInfix(tokens, true);
  if (value === undefined) return undefined;
  tokens.height = Math.max(height, tokens.height);
  return { start, end: tokens.previousEnd, target, value };
}
