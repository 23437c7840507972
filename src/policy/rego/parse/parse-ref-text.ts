/** References that stand in metadata as texts. */
import type { Span } from '../../source-position.ts';
import type { Ref, Term } from '../syntax.ts';
import { GRAMMAR } from './grammar.ts';
import { ProblemList } from './problem-list.ts';
import { Kind } from './token-kind.ts';
import { TokenStream } from './token-stream.ts';

/** The term that the text is; all of it stands at `span`. */
export function parseTermText(text: string, span: Span): Term | undefined {
  const source = { file: '', text };
  const problems = new ProblemList(source);
  const tokens = new TokenStream(source, 'v1', problems, GRAMMAR);
  const term = tokens.grammar.parseInfix(tokens, true);
  if (term === undefined || !tokens.at(Kind.end) || problems.problems.length > 0) return undefined;
  return placed(term, span) as Term;
}

export function parseRefText(text: string, span: Span): Ref | undefined {
  const term = parseTermText(text, span);
  return term?.kind === 'ref' ? term : undefined;
}

function placed(node: unknown, { start, end }: Span): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((child) => placed(child, { start, end }));
  const entries = Object.entries(node).map(([key, child]: [string, unknown]) => [key, placed(child, { start, end })]);
  const copy = Object.fromEntries(entries) as object;
  return 'start' in copy ? { ...copy, start, end } : copy;
}
