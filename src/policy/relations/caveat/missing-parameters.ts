/** A parameter without a value is an error that carries its name: CEL decides around errors as around unknowns. */
import { celError, isCelError, type CelError } from '@bufbuild/cel';

import type { CelResult } from './cel-environment.ts';
import { partsOf, type CelExpr } from './cel-expression.ts';
import { MAX_MISSING_PROBES } from './limits.ts';

/** No message of the library begins with it. */
const MARK = '\0missing:';

export function missingParameter(name: string): CelError {
  return celError(`${MARK}${name}`);
}

/** The parameters without which nothing could be decided; none when another error stood in the way. */
export function missingIn(error: CelError): readonly string[] {
  const names: string[] = [];
  const open: unknown[] = [error];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isCelError(next)) continue;
    if (next.message.startsWith(MARK)) names.push(next.message.slice(MARK.length));
    // Where several operands of `&&` or `||` fail, the first names the error, and the others are its cause.
    if (Array.isArray(next.cause)) open.push(...(next.cause as unknown[]));
  }
  return [...new Set(names)];
}

/**
 * All that the expression misses. Its error names only the first argument of each function, so the arguments are
 * evaluated one by one. `evaluate` gives the value of a part.
 */
export function allMissing(root: CelExpr, evaluate: (part: CelExpr) => CelResult): readonly string[] {
  const names = new Set<string>();
  const open: CelExpr[] = [root];
  let probes = 0;
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const result = evaluate(part);
    const missing = isCelError(result) ? missingIn(result) : [];
    if (missing.length === 0) continue;
    probes += 1;
    const inner = probes > MAX_MISSING_PROBES ? [] : undecidedParts(part, evaluate);
    // Variables of a loop have no value outside of it: below one, the error has to do.
    if (inner.length === 0) for (const name of missing) names.add(name);
    for (const next of inner) open.push(next);
  }
  return [...names].toSorted();
}

function undecidedParts(part: CelExpr, evaluate: (part: CelExpr) => CelResult): readonly CelExpr[] {
  const { exprKind } = part;
  if (exprKind.case === 'comprehensionExpr') {
    const range = exprKind.value.iterRange;
    return range !== undefined && isCelError(evaluate(range)) ? [range] : [];
  }
  if (exprKind.case === 'callExpr' && exprKind.value.function === '_?_:_') {
    const [condition, then, otherwise] = exprKind.value.args;
    if (condition === undefined || then === undefined || otherwise === undefined) return [];
    const decided = evaluate(condition);
    return [decided === true ? then : decided === false ? otherwise : condition];
  }
  return partsOf(part);
}
