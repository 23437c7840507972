/** YAML as policies need it: maps, lists and scalars, each with its place in the text. */
import type { Problem } from '../../kernel/problem.ts';
import type { SourceSpan } from '../../kernel/source-span.ts';

export type YamlScalar = {
  readonly kind: 'scalar';
  readonly span: SourceSpan;
  readonly value: string | number | bigint | boolean | null;
  /** As it is written, which for `80` and `0x50` differs although the value is the same. */
  readonly source: string;
};
export type YamlList = { readonly kind: 'list'; readonly span: SourceSpan; readonly items: readonly YamlNode[] };
export type YamlEntry = { readonly key: string; readonly keySpan: SourceSpan; readonly value: YamlNode };
/** Keys are unique. */
export type YamlMap = { readonly kind: 'map'; readonly span: SourceSpan; readonly entries: readonly YamlEntry[] };
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** Where problems go: all of them are collected, so that one run shows everything that is wrong. */
export type Report = (problem: Problem) => void;

/** A text and where it is written. */
export type Located = { readonly value: string; readonly span: SourceSpan };

export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** How a message names what stands there instead of what was wanted. */
export function describeNode(node: YamlNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  return node.value === null ? 'nothing' : `a ${typeof node.value === 'bigint' ? 'number' : typeof node.value}`;
}
