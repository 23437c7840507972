/** Rules that cannot stand together: of different kinds, below each other, doubled defaults, or where a package is. */
import type { Rule } from '../syntax.ts';
import type { RegoValue } from '../values/value.ts';
import type { Problems } from './problems.ts';
import { findNode, nodesBelow, parametersOf, pathText, type RuleEntry, type RuleNode } from './rule-tree.ts';

export function checkRuleConflicts(root: RuleNode, problems: Problems): void {
  visit(root, problems);
  for (const { entries } of nodesBelow(root)) for (const entry of entries) checkPackages(entry, root, problems);
}

function visit(node: RuleNode, problems: Problems): void {
  checkNode(node, problems);
  for (const child of node.children.values()) visit(child, problems);
}

function checkNode(node: RuleNode, problems: Problems): void {
  const [first] = node.entries;
  if (first === undefined) return;
  const below = entriesBelow(node).find((entry) => hasGround(node) || isFunction(entry.rule));
  if (below !== undefined) {
    const message = `\`${pathText(below.path)}\` lies within the rule \`${pathText(first.path)}\`, which gives that value`;
    return report(problems, below, message, `${placeOf(first)} defines the other one; give one of them another name`);
  }
  for (const entry of node.entries) {
    const difference = differenceOf(first, entry);
    if (difference === undefined) continue;
    const hint = `${placeOf(first)} defines the other one; give one of them another name`;
    return report(problems, entry, `\`${pathText(entry.path)}\` is ${difference}`, hint);
  }
  const [one, two] = node.entries.filter(({ rule }) => rule.isDefault);
  if (one === undefined || two === undefined) return;
  report(problems, two, `\`${pathText(two.path)}\` has two defaults`, `${placeOf(one)} gives the other one`);
}

/** A rule with variables in its head lets others stand below it, which then give parts of its object. */
function hasGround(node: RuleNode): boolean {
  return node.entries.some(({ rest }) => rest.length === 0);
}

function isFunction(rule: Rule): boolean {
  return parametersOf(rule).length > 0;
}

function entriesBelow(node: RuleNode): readonly RuleEntry[] {
  return [...nodesBelow(node)].flatMap((each) => (each === node ? [] : each.entries));
}

function differenceOf(first: RuleEntry, other: RuleEntry): string | undefined {
  const [a, b] = [shapeOf(first), shapeOf(other)];
  if (a.arity !== b.arity) return `${words(b)}, and ${words(a)} elsewhere`;
  return a.kind === b.kind && a.isGround === b.isGround ? undefined : `${words(b)}, and ${words(a)} elsewhere`;
}

type Shape = { readonly arity: number; readonly kind: 'value' | 'contains'; readonly isGround: boolean };

function shapeOf({ rule, rest }: RuleEntry): Shape {
  return { arity: parametersOf(rule).length, kind: rule.head.kind, isGround: rest.length === 0 };
}

function words({ arity, kind, isGround }: Shape): string {
  if (arity > 0) return `a function of ${arity} argument${arity === 1 ? '' : 's'}`;
  if (kind === 'contains') return isGround ? 'a set' : 'an object of sets';
  return isGround ? 'one value' : 'an object';
}

function checkPackages({ module, rule, path, rest }: RuleEntry, root: RuleNode, problems: Problems): void {
  if (rest.length > 0) return;
  const other = findNode(root, path)?.packages.find((each) => each !== module);
  if (other === undefined) return;
  const message = `the rule \`${pathText(path)}\` stands where the package \`${other.package.path.join('.')}\` does`;
  problems.add(module.source, rule, {
    code: 'rego/conflict',
    message,
    hint: `${other.source.file} is of that package; give one of them another name`,
  });
}

function report(problems: Problems, { module, rule }: RuleEntry, message: string, hint: string): void {
  problems.add(module.source, { start: rule.start, end: rule.head.end }, { code: 'rego/conflict', message, hint });
}

function placeOf({ module: { source }, rule }: RuleEntry): string {
  return `line ${source.text.slice(0, rule.start).split('\n').length} of ${source.file}`;
}

/** Whether something stands in the data at a path, or is no object on the way to it. */
export type DataExists = (path: readonly string[]) => boolean;

/** A rule and a document at the same path would contradict each other. */
export function checkDataConflicts(root: RuleNode, exists: DataExists, problems: Problems): void {
  for (const { entries } of nodesBelow(root)) {
    const [entry] = entries;
    if (entry === undefined || !isPath(entry.path) || !exists(entry.path)) continue;
    const message = `the data leave no place for \`${pathText(entry.path)}\`, which a rule defines`;
    report(problems, entry, message, 'take it out of the data, or give the rule another name');
  }
}

function isPath(path: readonly RegoValue[]): path is readonly string[] {
  return path.every((part) => typeof part === 'string');
}
