/** Queries, checked against the modules that they are asked of. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { PolicySource } from '../../source-position.ts';
import { isWildcard } from '../parse/wildcards.ts';
import type { Query } from '../program.ts';
import type { Body, Import } from '../syntax.ts';
import { NOTHING_BOUND } from './bound-locals.ts';
import type { CheckedModules } from './check-modules.ts';
import { declaredNames } from './declared-names.ts';
import { Frame } from './frame.ts';
import { globalsOf, type Globals } from './globals.ts';
import { Lowering, type Orders } from './lower-body.ts';
import { Problems } from './problems.ts';
import { ReplacedNames } from './replaced.ts';
import { Resolution } from './resolution.ts';
import { RESOLVING } from './resolving.ts';
import { Scopes } from './scopes.ts';
import { reportUnsafe } from './unsafe.ts';

export type QueryOptions = {
  /** The package in which the query stands: its rules are known by their names. Without it, only imports are. */
  readonly package?: readonly string[];
  readonly imports?: readonly Import[];
};

export type WrittenQuery = { readonly source: PolicySource; readonly body: Body };

export function checkQuery(
  { source, body }: WrittenQuery,
  { tree, exports, builtins, types }: CheckedModules,
  options: QueryOptions = {},
): Result<Query, readonly Problem[]> {
  const problems = new Problems();
  const globals: Globals =
    options.package === undefined
      ? globalsOf([], options.imports ?? [], new Map())
      : globalsOf(options.package, options.imports ?? [], exports);
  const around = { source, globals, tree, builtins, problems, strict: false };
  const frame = new Frame();
  const resolution = new Resolution(around, frame, new Scopes(frame), RESOLVING);
  const resolved = resolution.hide(declaredNames(body), () =>
    resolution.collect(() => {
      resolution.body(body);
      resolution.reportUnused(resolution.scopes.unused());
    }),
  );
  if (problems.count > 0) return err(problems.sorted());
  const orders: Orders = new Map();
  const lowering = new Lowering(source, frame, true, orders, (unsafe) => {
    reportUnsafe(unsafe, frame, around);
  });
  const lowered = lowering.body(resolved, NOTHING_BOUND);
  if (problems.count > 0) return err(problems.sorted());
  types.checkQuery(resolved, {
    ordered: (each) => orders.get(each) ?? [],
    report: (at, finding) => {
      problems.add(source, at, finding);
    },
  });
  if (problems.count > 0) return err(problems.sorted());
  const replaced = new ReplacedNames();
  replaced.addBody(lowered.body);
  const answers = [...frame.names].flatMap(([local, name]) =>
    lowered.bound.has(local) && !isWildcard(name) ? { name, local } : [],
  );
  const names = frame.shownNames();
  return ok({ source, locals: frame.size, names, body: lowered.body, answers, replaced: replaced.build() });
}
