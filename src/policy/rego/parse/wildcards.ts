/** Copies of a head in which every `_` is another variable than in the head. */
import type { RuleHead } from '../syntax.ts';
import type { TokenStream } from './token-stream.ts';

type Wildcard = { readonly start: number; readonly name: string };

/** The head itself where it has none. */
export function renewWildcards(head: RuleHead, tokens: TokenStream): RuleHead {
  const found: Wildcard[] = [];
  collect(head, found);
  if (found.length === 0) return head;
  // In the order of the text, as if the head had been written again.
  found.sort((a, b) => a.start - b.start);
  const names = new Map(found.map((each) => [each.name, tokens.wildcard()]));
  return renamed(head, names) as RuleHead;
}

export function isWildcard(name: string): boolean {
  return name.startsWith('$');
}

function collect(node: unknown, found: Wildcard[]): void {
  if (typeof node !== 'object' || node === null) return;
  if ('kind' in node && node.kind === 'variable') {
    const variable = node as unknown as Wildcard;
    if (isWildcard(variable.name)) found.push(variable);
    return;
  }
  for (const child of Object.values(node)) collect(child, found);
}

/** A node is a plain object, its children are objects and arrays below it. */
function renamed(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((child) => renamed(child, names));
  const isVariable = 'kind' in node && node.kind === 'variable';
  const entries = Object.entries(node).map(([key, child]: [string, unknown]) => [
    key,
    isVariable && key === 'name' ? (names.get(String(child)) ?? child) : renamed(child, names),
  ]);
  return Object.fromEntries(entries);
}
