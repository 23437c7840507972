/** Definitions grouped as they are evaluated: by the constant path that no other rule set begins with. */
import type { Definition, RuleSet } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { nodesBelow, parametersOf, type RuleEntry, type RuleNode } from './rule-tree.ts';

/** The rules of one rule set, each with the constant parts of its path behind that of the set. */
export type RuleGroup = {
  readonly path: readonly string[];
  readonly kind: RuleSet['kind'];
  readonly members: readonly GroupMember[];
};

export type GroupMember = { readonly entry: RuleEntry; readonly constantKeys: readonly RegoValue[] };

export function ruleGroups(root: RuleNode): readonly RuleGroup[] {
  const groups: RuleGroup[] = [];
  const visit = (node: RuleNode, path: readonly string[]): void => {
    if (node.entries.length > 0 || hasOtherKeys(node)) {
      groups.push(groupAt(node, path));
      return;
    }
    for (const [key, child] of node.children) if (typeof key === 'string') visit(child, [...path, key]);
  };
  visit(root, []);
  return groups;
}

/** Below `p` in `p[1] := …` nothing has a path of names. */
function hasOtherKeys({ children }: RuleNode): boolean {
  for (const key of children.keys()) if (typeof key !== 'string') return true;
  return false;
}

function groupAt(node: RuleNode, path: readonly string[]): RuleGroup {
  const entries = [...nodesBelow(node)].flatMap((each) => each.entries);
  const members = entries.map((entry) => ({ entry, constantKeys: entry.path.slice(path.length) }));
  const [first] = entries;
  if (first !== undefined && parametersOf(first.rule).length > 0) return { path, kind: 'function', members };
  if (members.some(({ entry, constantKeys }) => entry.rest.length + constantKeys.length > 0)) {
    return { path, kind: 'object', members };
  }
  return { path, kind: first?.rule.head.kind === 'contains' ? 'set' : 'complete', members };
}

export function ruleSetOf(
  { path, kind, members }: RuleGroup,
  definitionOf: (entry: RuleEntry) => Definition | undefined,
): RuleSet {
  const arity = members[0] === undefined ? 0 : parametersOf(members[0].entry.rule).length;
  // As in OPA, a default below a rule with variables in its head has no effect.
  const definitions = members.filter(({ entry }) => !entry.rule.isDefault);
  const byDefault = kind === 'object' ? undefined : members.find(({ entry }) => entry.rule.isDefault);
  return {
    path,
    kind,
    arity,
    definitions: definitions.flatMap(({ entry }) => definitionOf(entry) ?? []),
    byDefault: byDefault === undefined ? undefined : definitionOf(byDefault.entry),
  };
}
