/** All rules by their paths, the packages they stand in, and what a reference may mean. */
import type { Module, Rule, Term } from '../syntax.ts';
import { formatNumber } from '../values/number.ts';
import { isNumber, type RegoValue } from '../values/value.ts';
import { scalar } from './constants.ts';

/** One rule as it was written; `path` begins below `data`, with the package. */
export type RuleEntry = {
  readonly module: Module;
  readonly rule: Rule;
  /** What is constant from the beginning: strings, and other scalars where such stand in a head. */
  readonly path: readonly RegoValue[];
  /** Parts of the head behind it, beginning with the first that is not constant. */
  readonly rest: readonly Term[];
};

export type RuleNode = {
  /** Undefined for the root. */
  readonly key: RegoValue | undefined;
  readonly children: Map<RegoValue, RuleNode>;
  readonly entries: RuleEntry[];
  readonly packages: Module[];
};

export function ruleTreeOf(modules: readonly Module[]): RuleNode {
  const root = nodeOf(undefined);
  for (const module of modules) {
    descend(root, module.package.path).packages.push(module);
    for (const rule of module.rules) {
      const entry = entryOf(module, rule);
      descend(root, entry.path).entries.push(entry);
    }
  }
  return root;
}

function nodeOf(key: RegoValue | undefined): RuleNode {
  return { key, children: new Map(), entries: [], packages: [] };
}

function descend(root: RuleNode, path: readonly RegoValue[]): RuleNode {
  let node = root;
  for (const key of path) {
    let child = node.children.get(key);
    if (child === undefined) node.children.set(key, (child = nodeOf(key)));
    node = child;
  }
  return node;
}

function entryOf(module: Module, rule: Rule): RuleEntry {
  const { head, path } = rule.head.ref;
  const end = path.findIndex((part) => !isScalar(part));
  const ground = end === -1 ? path : path.slice(0, end);
  const keys = ground.map((part) => (isScalar(part) ? scalar(part).value : null));
  return { module, rule, path: [...module.package.path, head.name, ...keys], rest: path.slice(ground.length) };
}

function isScalar(term: Term): term is Term & { kind: 'null' | 'boolean' | 'number' | 'string' } {
  return term.kind === 'null' || term.kind === 'boolean' || term.kind === 'number' || term.kind === 'string';
}

export function findNode(root: RuleNode, path: readonly RegoValue[]): RuleNode | undefined {
  let node: RuleNode | undefined = root;
  for (const key of path) node = node?.children.get(key);
  return node;
}

/** How many parameters the function at a path has; 0 for a rule, undefined where there is none. */
export function arityAt(root: RuleNode, path: readonly RegoValue[]): number | undefined {
  const entry = findNode(root, path)?.entries[0];
  return entry === undefined ? undefined : parametersOf(entry.rule).length;
}

export function parametersOf({ head }: Rule): readonly Term[] {
  return head.kind === 'value' ? (head.parameters ?? []) : [];
}

/** Every node below and the node itself. */
export function* nodesBelow(node: RuleNode): Generator<RuleNode> {
  yield node;
  for (const child of node.children.values()) yield* nodesBelow(child);
}

/** As a person writes it: `data.a.b["c d"]`. */
export function pathText(path: readonly RegoValue[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'string')
      return text + (/^[A-Za-z_]\w*$/u.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`);
    return `${text}[${isNumber(part) ? formatNumber(part) : JSON.stringify(part)}]`;
  }, 'data');
}
