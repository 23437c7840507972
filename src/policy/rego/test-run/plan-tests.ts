/** What is asked for each test, and what has to be compiled so that it can be asked. */
import type { RegoModule } from '../compile.ts';
import { casesRule, freeName, ruleApart } from './extra-modules.ts';
import type { FoundTest } from './find-tests.ts';

export type PlannedTest = {
  readonly test: FoundTest;
  readonly name: string;
  /** All rules of the test: several where each gives some of its cases. */
  readonly rules: readonly FoundTest[];
  /** The document that says how it went, and those that give the names of its cases. */
  readonly path: readonly string[];
  readonly casePaths: readonly (readonly string[])[];
  readonly extra: readonly RegoModule[];
  readonly extraCases: readonly CasesProbe[];
};

/** A rule for the names of cases; longer by so many expressions, if it has them. */
export type CasesProbe = (more: number) => RegoModule | undefined;

export function planTests(found: readonly FoundTest[]): readonly PlannedTest[] {
  const planned: PlannedTest[] = [];
  let number = 0;
  for (const [, namesakes] of Map.groupBy(found, ({ path }) => path.join('\0'))) {
    const [first] = namesakes;
    if (first === undefined) continue;
    if (namesakes.some(({ tail }) => tail.length > 0)) {
      planned.push(withCases(first, namesakes, () => (number += 1)));
      continue;
    }
    for (const [index, test] of namesakes.entries()) {
      const suffix = index === 0 ? '' : `#${String(index).padStart(2, '0')}`;
      const own = { test, name: test.name + suffix, rules: [test], casePaths: [], extraCases: [] };
      // Two rules of one name are one document: to know how each went, each is asked under a name of its own.
      const isAlone = namesakes.length === 1 || test.rule.head.ref.path.length > 0;
      if (isAlone) planned.push({ ...own, path: test.path, extra: [] });
      else {
        const name = freeName(test.module, test.rule.head.ref.head.name.length, (number += 1));
        planned.push({ ...own, path: [...test.path.slice(0, -1), name], extra: [ruleApart(test, name)] });
      }
    }
  }
  return planned;
}

function withCases(test: FoundTest, rules: readonly FoundTest[], next: () => number): PlannedTest {
  const probes = rules.flatMap((rule) => {
    const name = `countersign_cases_${next()}`;
    const probe: CasesProbe = (more) => casesRule(rule, name, more);
    return rule.tail.length === 0 ? [] : [{ path: [...rule.module.package.path, name], probe }];
  });
  return {
    test,
    name: test.name,
    rules,
    path: test.path,
    casePaths: probes.map(({ path }) => path),
    extra: [],
    extraCases: probes.map(({ probe }) => probe),
  };
}
