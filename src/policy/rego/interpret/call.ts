/** Calls of built-ins and of functions, and what `with` puts in their place. */
import { BuiltinError, type Builtin } from '../builtins/builtin.ts';
import type { Surroundings } from '../evaluate/back-end.ts';
import { keysOf } from '../evaluate/elements.ts';
import type { BuiltinCall } from '../evaluate/evaluation.ts';
import { ruleKey } from '../evaluate/rule-tree.ts';
import type { Change } from '../evaluate/with-changes.ts';
import type { Called, Modifier, Source } from '../program.ts';
import { get } from '../values/access.ts';
import { buildAll } from './patterns.ts';
import { type CompilingExpression, countStep, type Give } from './solve.ts';

export function compileBuiltin(
  { name, arguments: given, at }: Source & { kind: 'builtin' },
  compiling: CompilingExpression,
): Give {
  const builtin = builtinOf(name, compiling);
  const call = observedCall(builtin, compiling);
  const called: Called = at === undefined ? name : { name, at };
  const values = buildAll(given);
  if (builtin.relation !== true) {
    return { kind: 'one', value: (frame, evaluation) => evaluation.callBuiltin(called, call, ...values(frame)) };
  }
  return {
    kind: 'many',
    each: (frame, evaluation, take) => {
      const result = evaluation.callBuiltin(called, call, ...values(frame));
      const keys = result === undefined ? undefined : keysOf(result);
      if (result === undefined || keys === undefined) return false;
      return keys.some((each, index) => {
        countStep(evaluation);
        const value = get(result, keys === result ? index : each);
        return value !== undefined && take(value);
      });
    },
  };
}

export function compileFunction(
  { path, arguments: given }: Source & { kind: 'function' },
  surroundings: Surroundings,
): Give {
  const rule = ruleNumber(path, surroundings);
  const values = buildAll(given);
  return { kind: 'one', value: (frame, evaluation) => evaluation.callRule(rule, ...values(frame)) };
}

export function changeOf({ target, replacement }: Modifier, surroundings: Surroundings): Change {
  if (target.kind === 'input' || target.kind === 'data') return { kind: target.kind, path: target.path };
  const key = target.kind === 'builtin' ? target.name : ruleNumber(target.path, surroundings);
  if (replacement === undefined) return { kind: 'call', key, replacement: undefined };
  if (replacement.kind === 'function') {
    return { kind: 'call', key, replacement: { kind: 'rule', rule: ruleNumber(replacement.path, surroundings) } };
  }
  const { name, call } = builtinOf(replacement.name, surroundings);
  return { kind: 'call', key, replacement: { kind: 'builtin', name, call } };
}

function builtinOf(name: string, { builtins }: Surroundings): Builtin {
  const builtin = builtins.get(name);
  if (builtin === undefined) throw new Error(`the built-in \`${name}\` was checked, and is not there`);
  return builtin;
}

function ruleNumber(path: readonly string[], { ruleNumbers }: Surroundings): number {
  const number = ruleNumbers.get(ruleKey(path));
  if (number === undefined) throw new Error(`the rule \`${path.join('.')}\` was checked, and is not there`);
  return number;
}

function observedCall({ name, call }: Builtin, { observer, expression }: CompilingExpression): BuiltinCall {
  const plain: BuiltinCall = call;
  if (observer === undefined) return plain;
  return (context, ...values) => {
    const outcome = plain(context, ...values);
    if (outcome instanceof BuiltinError) observer({ kind: 'refused', expression, name, error: outcome });
    return outcome;
  };
}
