/** `with`: what is replaced, and by what. */
import { dottedName } from '../parse/terms.ts';
import { quote } from '../parse/quote.ts';
import type { Ref, Term, Variable, With } from '../syntax.ts';
import { calleeOf, functionPath, type ResolvedCallee } from './callee.ts';
import type { Resolution } from './resolution.ts';
import {
  needsEvaluation,
  type Callee,
  type ModifierTarget,
  type ResolvedModifier,
  type ResolvedTerm,
} from './resolved.ts';
import { arityAt, findNode, pathText } from './rule-tree.ts';

/** Values that need evaluation are evaluated before, unmodified. */
export function resolveModifiers(resolution: Resolution, modifiers: readonly With[]): readonly ResolvedModifier[] {
  if (modifiers.length === 0) return [];
  return resolution.unmodified(() => modifiers.flatMap((modifier) => resolveModifier(resolution, modifier) ?? []));
}

function resolveModifier(resolution: Resolution, modifier: With): ResolvedModifier | undefined {
  const { start, end } = modifier;
  const found = targetOf(resolution, asRef(modifier.target));
  if (found === undefined) return undefined;
  const { target, function: replaced } = found;
  if (replaced !== undefined) {
    const replacement = functionValue(resolution, modifier.value);
    if (replacement !== undefined) {
      checkArity(resolution, modifier, replaced, replacement);
      return { start, end, target, replacement: replacement.callee, value: { kind: 'constant', value: null } };
    }
  } else if (functionValue(resolution, modifier.value)?.callee.kind === 'function') {
    const message = 'a function is no value: only a function can be replaced by it';
    resolution.report(modifier.value, {
      code: 'rego/bad-with',
      message,
      hint: 'call it, or name the function that it replaces',
    });
    return undefined;
  }
  return { start, end, target, replacement: undefined, value: resolveValue(resolution, modifier.value) };
}

function asRef(target: Ref | Variable): Ref {
  if (target.kind === 'ref') return target;
  return { kind: 'ref', start: target.start, end: target.end, head: target, path: [] };
}

function resolveValue(resolution: Resolution, value: Term): ResolvedTerm {
  const term = resolution.term(value);
  return needsEvaluation(term) ? resolution.hoist(term, value) : term;
}

function functionValue(resolution: Resolution, value: Term): ResolvedCallee | undefined {
  if (value.kind !== 'ref' && value.kind !== 'variable') return undefined;
  const ref = asRef(value);
  const declared = ref.head.kind === 'variable' ? resolution.scopes.find(ref.head.name) : undefined;
  return declared === undefined || declared.occurrence === 'seen' ? calleeOf(resolution, ref) : undefined;
}

type Target = { readonly target: ModifierTarget; readonly function?: ResolvedCallee };

function targetOf(resolution: Resolution, ref: Ref): Target | undefined {
  const { head } = ref;
  const global = head.kind === 'variable' ? resolution.global(head.name) : undefined;
  const root = global?.root ?? (head.kind === 'variable' && head.name === 'input' ? 'input' : undefined);
  if (root === 'input') {
    const path = constantPath(resolution, ref, global?.path ?? []);
    return path === undefined ? undefined : { target: { kind: 'input', path } };
  }
  const below = functionPath(resolution, ref);
  if (below !== undefined) return dataTarget(resolution, ref, below);
  if (root === 'data' || (head.kind === 'variable' && head.name === 'data')) {
    constantPath(resolution, ref, []);
    return undefined;
  }
  return builtinTarget(resolution, ref);
}

/** OPA finds out at evaluation, and always, that such a path is none. */
function constantPath(resolution: Resolution, ref: Ref, prefix: readonly string[]): readonly string[] | undefined {
  const path = [...prefix];
  for (const part of ref.path) {
    if (part.kind !== 'string') {
      const message = 'the path of what is replaced consists of names';
      resolution.report(part, {
        code: 'rego/bad-with',
        message,
        hint: 'replace the document above, by one built with `object.union`',
      });
      return undefined;
    }
    path.push(part.value);
  }
  return path;
}

function dataTarget(resolution: Resolution, ref: Ref, path: readonly string[]): Target | undefined {
  const { tree } = resolution.around;
  for (let depth = 1; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    if ((findNode(tree, above)?.entries.length ?? 0) === 0) continue;
    const message = `\`${pathText(above)}\` is a rule: only all of its value can be replaced, not a part`;
    resolution.report(ref, { code: 'rego/bad-with', message, hint: `replace \`${pathText(above)}\`` });
    return undefined;
  }
  const arity = arityAt(tree, path) ?? 0;
  if (arity === 0) return { target: { kind: 'data', path } };
  return { target: { kind: 'function', path }, function: { callee: { kind: 'function', path }, arity } };
}

/** What the evaluation itself is made of cannot be replaced. */
const FIXED: ReadonlySet<string> = new Set(['eq', 'rego.metadata.chain', 'rego.metadata.rule']);

function builtinTarget(resolution: Resolution, ref: Ref): Target | undefined {
  const found = calleeOf(resolution, ref);
  const written = dottedName(ref) ?? 'this';
  const refuse = (message: string, hint?: string): undefined => {
    resolution.report(ref, { code: 'rego/bad-with', message, hint });
  };
  if (found?.callee.kind !== 'builtin') {
    const name = quote(written);
    return refuse(
      `${name} is nothing that could be replaced`,
      'replace `input`, `data`, a path below them, or a function',
    );
  }
  const { name, relation, statement } = found.callee;
  if (FIXED.has(name) || name.startsWith('internal.')) return refuse(`the built-in \`${name}\` cannot be replaced`);
  if (relation) return refuse(`the built-in \`${name}\` gives many values, and cannot be replaced`);
  if (statement) return refuse(`the built-in \`${name}\` has no value, and cannot be replaced`);
  return { target: { kind: 'builtin', name }, function: found };
}

function checkArity(
  resolution: Resolution,
  modifier: With,
  replaced: ResolvedCallee,
  replacement: ResolvedCallee,
): void {
  if (replaced.arity === replacement.arity) return;
  const message = `${nameOf(replacement.callee)} takes ${replacement.arity} arguments, and ${nameOf(replaced.callee)}, which it replaces, ${replaced.arity}`;
  resolution.report(modifier, { code: 'rego/arity', message });
}

function nameOf(callee: Callee): string {
  return callee.kind === 'builtin' ? `\`${callee.name}\`` : `\`${pathText(callee.path)}\``;
}
