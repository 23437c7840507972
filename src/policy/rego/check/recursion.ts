/** Rules that would need their own value: cycles among what rules may read or call. */
import type { Problems } from './problems.ts';
import { pathText, type RuleEntry } from './rule-tree.ts';

export type Dependencies = ReadonlyMap<RuleEntry, ReadonlySet<RuleEntry>>;

export function checkRecursion(dependencies: Dependencies, problems: Problems): void {
  const left = withoutEnds(dependencies);
  const reported = new Set<RuleEntry>();
  for (const entry of left) {
    if (reported.has(entry)) continue;
    const cycle = cycleFrom(entry, dependencies, left);
    if (cycle === undefined) continue;
    for (const each of cycle) reported.add(each);
    report(cycle, problems);
  }
}

/** What remains when rules that need nothing, or nothing that remains, are taken away again and again. */
function withoutEnds(dependencies: Dependencies): ReadonlySet<RuleEntry> {
  const dependents = new Map<RuleEntry, RuleEntry[]>();
  const missing = new Map<RuleEntry, number>();
  for (const [entry, needed] of dependencies) {
    missing.set(entry, needed.size);
    for (const each of needed) {
      const known = dependents.get(each);
      if (known === undefined) dependents.set(each, [entry]);
      else known.push(entry);
    }
  }
  const left = new Set(dependencies.keys());
  const free = [...left].filter((entry) => missing.get(entry) === 0);
  for (let entry = free.pop(); entry !== undefined; entry = free.pop()) {
    left.delete(entry);
    for (const dependent of dependents.get(entry) ?? []) {
      const count = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, count);
      if (count === 0) free.push(dependent);
    }
  }
  return left;
}

/** The shortest way from a rule back to itself. */
function cycleFrom(
  start: RuleEntry,
  dependencies: Dependencies,
  among: ReadonlySet<RuleEntry>,
): readonly RuleEntry[] | undefined {
  const from = new Map<RuleEntry, RuleEntry>();
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

function wayTo(end: RuleEntry, start: RuleEntry, from: ReadonlyMap<RuleEntry, RuleEntry>): readonly RuleEntry[] {
  const way = [end];
  for (let entry = end; entry !== start;) {
    entry = from.get(entry) as RuleEntry;
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
