/** A parameter without a value is an error that carries its name: CEL decides around errors as around unknowns. */
import { celError, isCelError, isCelList, isCelMap, type CelError, type CelInput } from '@bufbuild/cel';

import type { CelResult, CelScope } from './cel-environment.ts';
import { partsOf, type CelExpr } from './cel-expression.ts';
import { MAX_MISSING_PROBES } from './limits.ts';

/** No message of the library begins with it. */
const MARK = '\0missing:';

export function missingParameter(name: string): CelError {
  return celError(`${MARK}${name}`);
}

type Probe = { readonly evaluate: (part: CelExpr, scope: CelScope) => CelResult; left: number };

/**
 * The parameters without which the expression, which gave an error, cannot be decided; none when another error stood
 * in the way. The library's error names only the first of several, so the parts are evaluated one by one: an operand
 * of `&&` and `||` that is missing goes before one that fails, and elsewhere the first argument decides.
 */
export function missingParameters(root: CelExpr, scope: CelScope, evaluate: Probe['evaluate']): readonly string[] {
  return [...missingIn(root, scope, { evaluate, left: MAX_MISSING_PROBES })].toSorted();
}

const NONE: ReadonlySet<string> = new Set();

function missingIn(part: CelExpr, scope: CelScope, probe: Probe): ReadonlySet<string> {
  const result = probe.evaluate(part, scope);
  if (!isCelError(result)) return NONE;
  const named = namedBy(result);
  probe.left -= 1;
  if (probe.left < 0) return named;
  const { exprKind } = part;
  if (exprKind.case === 'comprehensionExpr') return missingInLoop(exprKind.value, scope, probe, named);
  if (exprKind.case !== 'callExpr') return missingInParts(part, scope, probe, named);
  const { function: name, args } = exprKind.value;
  if (name === '_&&_' || name === '_||_') return union(args.map((operand) => missingIn(operand, scope, probe)));
  const [condition, then, otherwise] = args;
  if (name !== '_?_:_' || condition === undefined || then === undefined || otherwise === undefined) {
    return missingInParts(part, scope, probe, named);
  }
  const decided = probe.evaluate(condition, scope);
  return missingIn(decided === true ? then : decided === false ? otherwise : condition, scope, probe);
}

/** When the first part that fails fails for another reason, that is the reason of the whole. */
function missingInParts(part: CelExpr, scope: CelScope, probe: Probe, named: ReadonlySet<string>): ReadonlySet<string> {
  const failing = partsOf(part).filter((inner) => isCelError(probe.evaluate(inner, scope)));
  const [first, ...rest] = failing;
  if (first === undefined) return named;
  const missing = missingIn(first, scope, probe);
  if (missing.size === 0) return missing;
  return union([missing, ...rest.map((inner) => missingIn(inner, scope, probe))]);
}

type Loop = Extract<CelExpr['exprKind'], { readonly case: 'comprehensionExpr' }>['value'];

/** Goes through the turns of the loop, each with its variables. */
function missingInLoop(
  { iterRange, iterVar, accuInit, accuVar, loopStep }: Loop,
  scope: CelScope,
  probe: Probe,
  named: ReadonlySet<string>,
): ReadonlySet<string> {
  if (iterRange === undefined || accuInit === undefined || loopStep === undefined) return named;
  const range = probe.evaluate(iterRange, scope);
  if (isCelError(range)) return missingIn(iterRange, scope, probe);
  const items = isCelMap(range) ? range.keys() : isCelList(range) ? range : [];
  const found: ReadonlySet<string>[] = [];
  let accumulated = probe.evaluate(accuInit, scope) as CelInput;
  for (const item of items) {
    if (probe.left <= 0) return union([named, ...found]);
    const inside = Object.assign(Object.create(null) as object, scope, { [iterVar]: item, [accuVar]: accumulated });
    found.push(missingIn(loopStep, inside, probe));
    accumulated = probe.evaluate(loopStep, inside) as CelInput;
  }
  return union(found);
}

function namedBy({ message }: CelError): ReadonlySet<string> {
  return message.startsWith(MARK) ? new Set([message.slice(MARK.length)]) : NONE;
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
