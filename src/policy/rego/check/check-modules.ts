/** Modules to a program, or to every problem that keeps them from being one. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Definition, Program, RuleSet } from '../program.ts';
import type { Module } from '../syntax.ts';
import type { RegoValue } from '../values/value.ts';
import { checkCapabilities } from './check-capabilities.ts';
import { checkNames } from './check-imports.ts';
import { constant } from './constants.ts';
import { dependenciesOf } from './dependencies.ts';
import { exportsOf, globalsOf, type Exports, type Globals } from './globals.ts';
import type { Orders } from './lower-body.ts';
import { lowerRule } from './lower-rule.ts';
import { AnnotationTable } from './metadata.ts';
import { Problems } from './problems.ts';
import { checkRecursion, type Dependencies } from './recursion.ts';
import { ReplacedNames } from './replaced.ts';
import type { Signature, Surroundings } from './resolution.ts';
import { resolveRule, type ResolvedRule } from './resolve-rule.ts';
import { checkDataConflicts, checkRuleConflicts, type DataExists } from './rule-conflicts.ts';
import { ruleGroups, ruleSetOf, type GroupMember, type RuleGroup } from './rule-sets.ts';
import { dependentsIn } from '../typing/dependents.ts';
import { type BodyGround, TypedRules } from '../typing/typed-rules.ts';
import { parametersOf, pathText, ruleTreeOf, type RuleEntry, type RuleNode } from './rule-tree.ts';

export type CheckOptions = {
  readonly builtins: ReadonlyMap<string, Signature>;
  /** Tells where the data would hide a rule, or be hidden by it. */
  readonly dataExists?: DataExists;
  /** What of the language may be used; `builtins` has been cut down to them already. Default: all of it. */
  readonly capabilities?: Capabilities | undefined;
};

/** The program, and what queries need to be checked against it. */
export type CheckedModules = {
  readonly modules: readonly Module[];
  readonly program: Program;
  readonly tree: RuleNode;
  readonly exports: Exports;
  readonly builtins: ReadonlyMap<string, Signature>;
  readonly types: TypedRules;
};

export function checkModules(
  modules: readonly Module[],
  options: CheckOptions,
): Result<CheckedModules, readonly Problem[]> {
  const problems = new Problems();
  // 1. Where every rule is, and what names mean in each module.
  const tree = ruleTreeOf(modules);
  const exports = exportsOf(modules);
  for (const module of modules) checkNames(module, options.builtins, problems);
  const { capabilities } = options;
  if (capabilities !== undefined) for (const module of modules) checkCapabilities(module, capabilities, problems);
  // 2. Which rules cannot stand together.
  checkRuleConflicts(tree, problems);
  if (options.dataExists !== undefined) checkDataConflicts(tree, options.dataExists, problems);
  // 3. Each rule by itself: its names, its calls, the order of its expressions.
  const groups = ruleGroups(tree);
  if (problems.count === 0) checkForms(groups, problems);
  const { builtins } = options;
  const { definitions, resolved, orders } = defineRules(modules, groups, { tree, exports, builtins, problems });
  // 4. Which rules would need their own value.
  const { dependencies, inOrder } = checkRecursion(dependenciesOfAll(definitions, tree), problems);
  if (problems.count > 0) return err(problems.sorted());
  // 5. Which expressions can never hold, and calls never succeed, because of the types of what they are about.
  const types = new TypedRules(builtins, dependentsIn(dependencies, tree));
  for (const entry of inOrder) {
    const rule = resolved.get(entry);
    if (rule !== undefined) types.addRule(entry, rule, groundOf(entry, orders, problems));
  }
  if (problems.count > 0) return err(problems.sorted());
  const rules = groups.map((group) => ruleSetOf(group, (entry) => definitions.get(entry)));
  const program = programOf(rules, definitions.values());
  return ok({ modules, program, tree, exports, builtins, types });
}

type Common = {
  readonly tree: RuleNode;
  readonly exports: Exports;
  readonly builtins: ReadonlyMap<string, Signature>;
  readonly problems: Problems;
};

type Defined = {
  readonly definitions: ReadonlyMap<RuleEntry, Definition>;
  readonly resolved: ReadonlyMap<RuleEntry, ResolvedRule>;
  readonly orders: Orders;
};

function defineRules(
  modules: readonly Module[],
  groups: readonly RuleGroup[],
  { tree, exports, builtins, problems }: Common,
): Defined {
  const annotations = new AnnotationTable(modules);
  const surroundings = new Map<Module, Surroundings>(
    modules.map((module) => {
      const { source, strict } = module;
      return [module, { source, globals: globalsOfModule(module, exports), tree, builtins, problems, strict }];
    }),
  );
  const definitions = new Map<RuleEntry, Definition>();
  const resolvedRules = new Map<RuleEntry, ResolvedRule>();
  const orders: Orders = new Map();
  for (const group of groups) {
    for (const member of group.members) {
      const { entry } = member;
      const around = surroundings.get(entry.module) as Surroundings;
      const before = problems.count;
      const resolved = resolveRule(entry, around, annotations.metadataOf(entry));
      // Where a name means nothing, what has no value because of that is not worth saying.
      if (resolved === undefined || problems.count > before) continue;
      resolvedRules.set(entry, resolved);
      definitions.set(entry, lowerRule(entry, resolved, keysOf(member, group), around, orders));
    }
  }
  return { definitions, resolved: resolvedRules, orders };
}

function groundOf({ module: { source } }: RuleEntry, orders: Orders, problems: Problems): BodyGround {
  return {
    ordered: (body) => orders.get(body) ?? [],
    report: (at, finding) => {
      problems.add(source, at, finding);
    },
  };
}

function globalsOfModule({ package: { path }, imports }: Module, exports: Exports): Globals {
  return globalsOf(path, imports, exports);
}

function keysOf({ constantKeys }: GroupMember, { kind }: RuleGroup): readonly { kind: 'constant'; value: RegoValue }[] {
  return kind === 'object' ? constantKeys.map(constant) : [];
}

function checkForms(groups: readonly RuleGroup[], problems: Problems): void {
  for (const group of groups) for (const member of group.members) checkForm(member, group, problems);
}

/** What OPA accepts, and nobody writes: it would need places of their own for keys that are no names. */
function checkForm({ entry }: GroupMember, { kind, members, path }: RuleGroup, problems: Problems): void {
  const { rule, module } = entry;
  const refuse = (message: string): void => {
    problems.add(module.source, { start: rule.start, end: rule.head.end }, { code: 'rego/bad-head', message });
  };
  const isFunction = parametersOf(rule).length > 0;
  if (isFunction && (kind !== 'function' || entry.rest.length > 0 || entry.path.length > path.length)) {
    refuse('the path of a function consists of names');
  }
  if (rule.isDefault && kind === 'object' && members.every((member) => member.entry.rest.length === 0)) {
    refuse(`\`${pathText(path)}\` has keys that are no names: a default cannot stand among them`);
  }
}

function dependenciesOfAll(definitions: ReadonlyMap<RuleEntry, Definition>, tree: RuleNode): Dependencies {
  return new Map([...definitions].map(([entry, definition]) => [entry, dependenciesOf(definition, tree)]));
}

function programOf(rules: readonly RuleSet[], definitions: Iterable<Definition>): Program {
  const replaced = new ReplacedNames();
  for (const { choices } of definitions) for (const { body } of choices) replaced.addBody(body);
  return { rules: new Map(rules.map((rule) => [rule.path.join('\0'), rule])), replaced: replaced.build() };
}
