/** Rules that would need their own value: cycles among what rules may read or call. */
import type { Problems } from './problems.ts';
import type { Dependency } from './dependencies.ts';
import { pathText, type RuleEntry } from './rule-tree.ts';

export type Dependencies = ReadonlyMap<Dependency, ReadonlySet<Dependency>>;

/** `inOrder`: each behind all that it needs, where nothing needs itself. */
export type RuleOrder = { readonly dependencies: Dependencies; readonly inOrder: readonly RuleEntry[] };

export function checkRecursion(ofRules: Dependencies, problems: Problems): RuleOrder {
  const dependencies = withNodes(ofRules);
  const { left, taken } = withoutEnds(dependencies);
  const reported = new Set<Dependency>();
  for (const entry of left) {
    if (reported.has(entry) || !('rule' in entry)) continue;
    const cycle = cycleFrom(entry, dependencies, left);
    if (cycle === undefined) continue;
    for (const each of cycle) reported.add(each);
    report(
      cycle.filter((each) => 'rule' in each),
      problems,
    );
  }
  return { dependencies, inOrder: taken.filter((each) => 'rule' in each) };
}

/** A node needs its rules and the nodes below it: a package with a thousand rules is one dependency, not a thousand. */
function withNodes(ofRules: Dependencies): Dependencies {
  const all = new Map(ofRules);
  const queue = [...ofRules.values()].flatMap((needed) => [...needed]);
  for (const each of queue) {
    if ('rule' in each || all.has(each)) continue;
    const below = [...each.children.values()];
    all.set(each, new Set([...each.entries, ...below]));
    for (const child of below) queue.push(child);
  }
  return all;
}

/** What remains when rules that need nothing, or nothing that remains, are taken away again and again. */
function withoutEnds(dependencies: Dependencies): {
  readonly left: ReadonlySet<Dependency>;
  readonly taken: readonly Dependency[];
} {
  const dependents = new Map<Dependency, Dependency[]>();
  const missing = new Map<Dependency, number>();
  for (const [entry, needed] of dependencies) {
    missing.set(entry, needed.size);
    for (const each of needed) {
      const known = dependents.get(each);
      if (known === undefined) dependents.set(each, [entry]);
      else known.push(entry);
    }
  }
  const left = new Set(dependencies.keys());
  const taken: Dependency[] = [];
  const free = [...left].filter((entry) => missing.get(entry) === 0);
  for (let entry = free.pop(); entry !== undefined; entry = free.pop()) {
    left.delete(entry);
    taken.push(entry);
    for (const dependent of dependents.get(entry) ?? []) {
      const count = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, count);
      if (count === 0) free.push(dependent);
    }
  }
  return { left, taken };
}

/** The shortest way from a rule back to itself. */
function cycleFrom(
  start: Dependency,
  dependencies: Dependencies,
  among: ReadonlySet<Dependency>,
): readonly Dependency[] | undefined {
  const from = new Map<Dependency, Dependency>();
  const queue = [start];
  for (const entry of queue) {
    for (const needed of dependencies.get(entry) ?? []) {
      if (needed === start) return wayTo(entry, start, from);
      if (!among.has(needed) || from.has(needed)) continue;
      from.set(needed, entry);
      queue.push(needed);
    }
  }
  return undefined;
}

function wayTo(end: Dependency, start: Dependency, from: ReadonlyMap<Dependency, Dependency>): readonly Dependency[] {
  const way = [end];
  for (let entry = end; entry !== start;) {
    entry = from.get(entry) as Dependency;
    way.unshift(entry);
  }
  return way;
}

const MAX_SHOWN = 8;

function report(cycle: readonly RuleEntry[], problems: Problems): void {
  const [first] = cycle;
  if (first === undefined) return;
  const names = cycle.map(({ path }) => pathText(path));
  const shown = names.length > MAX_SHOWN ? [...names.slice(0, MAX_SHOWN), '…'] : names;
  const way = [...shown, names[0] ?? ''].map((name) => `\`${name}\``).join(' → ');
  const message = `the rule needs its own value: ${way}`;
  const { module, rule } = first;
  problems.add(
    module.source,
    { start: rule.start, end: rule.head.end },
    {
      code: 'rego/recursion',
      message,
      hint: 'rules cannot be recursive; graphs are walked by `graph.reachable` and `walk`',
    },
  );
}
