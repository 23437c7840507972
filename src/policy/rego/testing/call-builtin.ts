/** Calls built-ins as an evaluator would, for their tests. */
import assert from 'node:assert/strict';

import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from '../builtins/builtin.ts';
import { Prepared } from '../builtins/prepared.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';

export const NOTHING_PREPARED: BuiltinContext = {
  nowNanoseconds: () => 1_700_000_000_000_000_000n,
  randomBytes: (length) => new Uint8Array(length).fill(7),
  memo: new Map(),
  prepared: new Prepared(),
  trace: () => undefined,
  print: () => undefined,
  runtime: {},
  host: undefined,
};

export function callBuiltin(
  builtins: readonly Builtin[],
  name: string,
  args: readonly RegoValue[],
  context: Partial<BuiltinContext> = {},
): BuiltinOutcome {
  const builtin = builtins.find((candidate) => candidate.name === name);
  assert.ok(builtin !== undefined, `there is no built-in ${name}`);
  assert.equal(args.length, builtin.parameters.length, `${name} is called with a wrong number of arguments`);
  const fresh = { ...NOTHING_PREPARED, memo: new Map(), prepared: new Prepared(), ...context };
  const [a = null, b = null, c = null, d = null, e = null] = args;
  return builtin.call(fresh, a, b, c, d, e);
}

/** The result as a Rego term, `undefined`, or the code and message of the error. */
export function textOfCall(...call: Parameters<typeof callBuiltin>): string {
  const outcome = callBuiltin(...call);
  if (outcome instanceof BuiltinError) return `${outcome.code}: ${outcome.message}`;
  return outcome === undefined ? 'undefined' : toText(outcome);
}
