/** What a call calls: a built-in or a function, or nothing, with the name that may have been meant. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import { dottedName, isRoot } from '../parse/terms.ts';
import type { Ref } from '../syntax.ts';
import { DEPRECATED_BUILTINS } from './deprecated-builtins.ts';
import type { Resolution } from './resolution.ts';
import type { Callee } from './resolved.ts';
import { arityAt, nodesBelow, parametersOf, pathText } from './rule-tree.ts';

export type ResolvedCallee = { readonly callee: Callee; readonly arity: number };

export function resolveCallee(resolution: Resolution, operator: Ref): ResolvedCallee | undefined {
  const { head } = operator;
  if (head.kind === 'variable') {
    const declared = resolution.scopes.find(head.name);
    if (resolution.global(head.name) === undefined && declared !== undefined && declared.occurrence !== 'seen') {
      reportShadowed(resolution, operator, head.name);
      return undefined;
    }
  }
  const found = calleeOf(resolution, operator);
  if (head.kind === 'variable') resolution.scopes.see(head.name);
  if (found === undefined) reportUndefined(resolution, operator);
  else if (found.callee.kind === 'builtin') checkDeprecated(resolution, operator, found.callee.name);
  return found;
}

function checkDeprecated(resolution: Resolution, operator: Ref, name: string): void {
  const hint = DEPRECATED_BUILTINS.get(name);
  if (hint === undefined || !resolution.around.strict) return;
  const message = `the built-in \`${name}\` is from before OPA 1.0`;
  resolution.report(operator, { code: 'rego/deprecated-builtin', message, hint });
}

function reportShadowed(resolution: Resolution, operator: Ref, name: string): void {
  const message = `\`${name}\` is a variable here, and cannot be called`;
  resolution.report(operator, { code: 'rego/undefined-function', message, hint: 'give the variable another name' });
}

/** The built-in or the function that a reference names. */
export function calleeOf(resolution: Resolution, operator: Ref): ResolvedCallee | undefined {
  const path = functionPath(resolution, operator);
  if (path !== undefined) {
    const arity = arityAt(resolution.around.tree, path) ?? 0;
    return arity === 0 ? undefined : { callee: { kind: 'function', path }, arity };
  }
  const name = dottedName(operator);
  const builtin = name === undefined ? undefined : resolution.around.builtins.get(name);
  if (builtin === undefined) return undefined;
  const { relation = false, statement = false, parameters } = builtin;
  return { callee: { kind: 'builtin', name: builtin.name, relation, statement }, arity: parameters.length };
}

/** The path below `data` that a reference to a rule names, whether there is one or not. */
export function functionPath(resolution: Resolution, { head, path }: Ref): readonly string[] | undefined {
  if (head.kind !== 'variable') return undefined;
  const global = resolution.global(head.name);
  const prefix = global?.root === 'data' ? global.path : head.name === 'data' ? [] : undefined;
  if (prefix === undefined) return undefined;
  const names = path.flatMap((part) => (part.kind === 'string' ? part.value : []));
  return names.length === path.length ? [...prefix, ...names] : undefined;
}

function reportUndefined(resolution: Resolution, operator: Ref): void {
  const { source, builtins, tree } = resolution.around;
  const path = functionPath(resolution, operator);
  const written = source.text.slice(operator.start, operator.end);
  const name =
    operator.head.kind === 'variable' && isRoot(operator.head.name) ? written : (dottedName(operator) ?? written);
  const isRule = path !== undefined && arityAt(tree, path) === 0;
  const message = isRule ? `\`${name}\` is a rule, not a function` : `there is no function \`${name}\``;
  const nearest = nearestName(name, [...builtins.keys(), ...functionNames(resolution)]);
  const hint = isRule
    ? 'leave out the parentheses'
    : nearest === undefined
      ? undefined
      : `did you mean \`${nearest}\`?`;
  resolution.report(operator, { code: 'rego/undefined-function', message, hint });
}

/** As they can be called here: those of the package by their names, all others from `data` on. */
function functionNames({ around: { tree, globals } }: Resolution): readonly string[] {
  const names = [...globals].flatMap(([name, { root, path }]) =>
    root === 'data' && (arityAt(tree, path) ?? 0) > 0 ? name : [],
  );
  for (const { entries } of nodesBelow(tree)) {
    const [entry] = entries;
    if (entry !== undefined && parametersOf(entry.rule).length > 0) names.push(pathText(entry.path));
  }
  return names;
}
