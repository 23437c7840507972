/** What a rule may read or call, as far as that is known before anything is evaluated. */
import type { Body, Definition, Expression, Modifier, Pattern, Source } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { equal } from '../values/equal.ts';
import { constant, scalar } from './constants.ts';
import { expandPath, learn, type KnownValues } from './known-values.ts';
import type { RuleEntry, RuleNode } from './rule-tree.ts';

/** A path below `data`; a part that is undefined can be anything. */
type DataPath = readonly (RegoValue | undefined)[];

/** A rule, or everything at a path and below it. */
export type Dependency = RuleEntry | RuleNode;

export function dependenciesOf(definition: Definition, tree: RuleNode): ReadonlySet<Dependency> {
  const found = new Set<Dependency>();
  for (const { body } of definition.choices) {
    const known = new Map<number, readonly RegoValue[]>();
    for (const expression of body) {
      collectFromExpression(expression, known, (path) => {
        collectRules(tree, path, found);
      });
      learn(expression, known);
    }
  }
  return found;
}

type OnPath = (path: DataPath) => void;

function collectFromBody(body: Body, known: KnownValues, onPath: OnPath): void {
  for (const expression of body) collectFromExpression(expression, known, onPath);
}

function collectFromExpression(expression: Expression, known: KnownValues, onPath: OnPath): void {
  for (const modifier of expression.modifiers) collectFromModifier(modifier, onPath);
  switch (expression.kind) {
    case 'unify':
    case 'test':
      return collectFromSource(expression.source, known, onPath);
    case 'not':
    case 'every':
      return collectFromBody(expression.body, known, onPath);
    case 'or':
      for (const body of expression.bodies) collectFromBody(body, known, onPath);
      return;
  }
}

function collectFromModifier({ target, replacement }: Modifier, onPath: OnPath): void {
  if (target.kind === 'data' || target.kind === 'function') onPath(target.path);
  if (replacement?.kind === 'function') onPath(replacement.path);
}

function collectFromSource(source: Source, known: KnownValues, onPath: OnPath): void {
  switch (source.kind) {
    case 'reference':
      if (source.root.kind === 'data') for (const path of expandPath(source.path, known)) onPath(path);
      return;
    case 'function':
      return onPath(source.path);
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return collectFromBody(source.body, known, onPath);
    case 'template':
      for (const part of source.parts) if (part.kind === 'value') collectFromBody(part.body, known, onPath);
      return;
    case 'pattern':
    case 'builtin':
      return;
  }
}

/** What stands on the way, and everything that is meant. */
export function collectRules(tree: RuleNode, path: DataPath, into: Set<Dependency>): void {
  const walk = (node: RuleNode, depth: number): void => {
    if (depth === path.length) {
      into.add(node);
      return;
    }
    const key = path[depth];
    const found = key === undefined ? undefined : node.children.get(key);
    const children = key === undefined ? [...node.children.values()] : found === undefined ? [] : [found];
    for (const child of children) {
      for (const entry of child.entries) if (mayMeet(entry, path, depth + 1)) into.add(entry);
      walk(child, depth + 1);
    }
  };
  walk(tree, 0);
}

/** Whether the parts of a head behind its constant path can be those of the path. */
function mayMeet({ rest }: RuleEntry, path: DataPath, depth: number): boolean {
  return rest.every((part, index) => {
    const wanted = path[depth + index];
    const given = constantOf(part);
    return wanted === undefined || given === undefined || equal(wanted, given.value);
  });
}

function constantOf(part: RuleEntry['rest'][number]): (Pattern & { kind: 'constant' }) | undefined {
  switch (part.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return constant(scalar(part).value);
    case 'variable':
    case 'ref':
    case 'call':
    case 'array':
    case 'set':
    case 'object':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'template':
      return undefined;
  }
}
