/** The paths of all rule sets as a tree: where documents that are computed hang among those that are given. */
import type { Program, RuleSet } from '../program.ts';

export type RuleNode = {
  readonly path: readonly string[];
  readonly children: ReadonlyMap<string, RuleNode>;
  /** The number of the rule set that stands here; it has no children. */
  readonly rule: number | undefined;
  /** Functions are called, not read. */
  readonly isFunction: boolean;
};

type Growing = {
  readonly path: readonly string[];
  readonly children: Map<string, Growing>;
  rule: number | undefined;
  isFunction: boolean;
};

export function ruleTree({ rules }: Program, packages: Iterable<readonly string[]>): RuleNode {
  const root = grow([]);
  for (const path of packages) descend(root, path);
  let index = 0;
  for (const { path, kind } of rules.values()) {
    const node = descend(root, path);
    node.rule = index;
    node.isFunction = kind === 'function';
    index += 1;
  }
  return root;
}

function grow(path: readonly string[]): Growing {
  return { path, children: new Map(), rule: undefined, isFunction: false };
}

function descend(root: Growing, path: readonly string[]): Growing {
  let node = root;
  for (const [depth, part] of path.entries()) {
    let child = node.children.get(part);
    if (child === undefined) node.children.set(part, (child = grow(path.slice(0, depth + 1))));
    node = child;
  }
  return node;
}

/** As `Program.rules` is keyed. */
export function ruleKey(path: readonly string[]): string {
  return path.join('\0');
}

export function rulesInOrder({ rules }: Program): readonly RuleSet[] {
  return [...rules.values()];
}
