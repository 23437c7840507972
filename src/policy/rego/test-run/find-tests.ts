/** Which rules are tests: those with a name that begins with `test_`; with `todo_test_` they are skipped. */
import type { Module, Rule, Term } from '../syntax.ts';

export type FoundTest = {
  /** `data.shop`. */
  readonly package: string;
  /** From the package down: `test_allow`, `checks.test_allow`. */
  readonly name: string;
  /** Below `data`, down to the part that makes it a test. */
  readonly path: readonly string[];
  readonly skipped: boolean;
  readonly module: Module;
  readonly rule: Rule;
  /** What stands in the head after the test's name: `test_allow[case.note]` names a case for each solution. */
  readonly tail: readonly Term[];
};

/** In the order of the modules and their rules. Functions are no tests: nobody calls them. */
export function findTests(modules: readonly Module[]): readonly FoundTest[] {
  return modules.flatMap((module) => module.rules.flatMap((rule) => testOf(module, rule) ?? []));
}

function testOf(module: Module, rule: Rule): FoundTest | undefined {
  const { ref, parameters } = rule.head;
  if (parameters !== undefined || rule.isDefault) return undefined;
  const names = [ref.head.name, ...ground(ref.path)];
  const depth = names.findIndex((name) => /^(?:todo_)?test_/u.test(name));
  if (depth === -1) return undefined;
  const path = [...module.package.path, ...names.slice(0, depth + 1)];
  return {
    package: ['data', ...module.package.path].join('.'),
    name: names.slice(0, depth + 1).join('.'),
    path,
    skipped: names[depth]?.startsWith('todo_') ?? false,
    module,
    rule,
    tail: ref.path.slice(depth),
  };
}

/** The texts that a path begins with. */
function ground(path: readonly Term[]): readonly string[] {
  const end = path.findIndex(({ kind }) => kind !== 'string');
  return path.slice(0, end === -1 ? path.length : end).map((term) => (term.kind === 'string' ? term.value : ''));
}
