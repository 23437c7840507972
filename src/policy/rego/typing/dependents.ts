/** Rules that read what stands at a path, or read what reads it. */
import type { Dependencies } from '../check/recursion.ts';
import type { Dependency } from '../check/dependencies.ts';
import { collectRules } from '../check/dependencies.ts';
import type { RuleEntry, RuleNode } from '../check/rule-tree.ts';

/** Those at the path, above and below it included. */
export type Dependents = (path: readonly string[]) => ReadonlySet<RuleEntry>;

/** `dependencies`: with the nodes among them. Looked through backwards when it is first asked. */
export function dependentsIn(dependencies: Dependencies, tree: RuleNode): Dependents {
  let readers: ReadonlyMap<Dependency, readonly Dependency[]> | undefined;
  return (path) => {
    readers ??= backwards(dependencies);
    const found = new Set<Dependency>();
    collectRules(tree, path, found);
    for (const each of found) {
      if (!('rule' in each)) for (const below of [...each.entries, ...each.children.values()]) found.add(below);
    }
    const entries = new Set<RuleEntry>();
    const seen = new Set<Dependency>([...found].filter((each) => 'rule' in each));
    for (const each of seen) {
      if ('rule' in each) entries.add(each);
      for (const reader of readers.get(each) ?? []) seen.add(reader);
    }
    return entries;
  };
}

function backwards(dependencies: Dependencies): ReadonlyMap<Dependency, readonly Dependency[]> {
  const readers = new Map<Dependency, Dependency[]>();
  for (const [reader, read] of dependencies) {
    for (const each of read) {
      const known = readers.get(each);
      if (known === undefined) readers.set(each, [reader]);
      else known.push(reader);
    }
  }
  return readers;
}
