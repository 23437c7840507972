/** Calls: which built-in or function is meant, and whether it is given as many arguments as it takes. */
import { dottedName } from '../parse/terms.ts';
import type { Local } from '../program.ts';
import type { Call } from '../syntax.ts';
import { resolveCallee, type ResolvedCallee } from './callee.ts';
import { constant } from './constants.ts';
import type { Resolution } from './resolution.ts';
import type { Constant } from './resolved.ts';
import { resolvePrint } from './resolve-parts.ts';
import { pathText } from './rule-tree.ts';

/** A call within a term: an expression of its own gives its result to the local that is returned. */
export function resolveNestedCall(resolution: Resolution, call: Call): Local | Constant {
  const metadata = metadataOf(resolution, call);
  if (metadata !== undefined) return metadata;
  const output = resolution.frame.fresh();
  const given = call.arguments.map((argument) => resolution.term(argument));
  const resolved = resolveCallee(resolution, call.operator);
  if (resolved === undefined) return output;
  const { callee, arity } = resolved;
  if (callee.kind === 'builtin' && callee.statement) {
    const hint = 'let it stand on a line of its own';
    resolution.report(call, { code: 'rego/no-value', message: `\`${callee.name}\` has no value`, hint });
  } else if (given.length !== arity) reportArity(resolution, call, resolved);
  const { start, end } = call;
  const { modifiers } = resolution;
  resolution.emit({
    kind: 'call',
    start,
    end,
    modifiers,
    negated: false,
    callee,
    arity,
    arguments: [...given, output],
  });
  return output;
}

/** A call as an expression, which may have an argument more: a pattern for its result. */
export function resolveCallExpression(resolution: Resolution, call: Call, negated: boolean): void {
  const { start, end } = call;
  const metadata = metadataOf(resolution, call);
  if (metadata !== undefined) {
    resolution.emit({ kind: 'term', start, end, modifiers: resolution.modifiers, negated, term: metadata });
    return;
  }
  if (isPrint(resolution, call)) return resolvePrint(resolution, call.arguments, call, negated);
  const given = call.arguments.map((argument) => resolution.term(argument));
  const resolved = resolveCallee(resolution, call.operator);
  if (resolved === undefined) return;
  const { callee, arity } = resolved;
  if (given.length !== arity && given.length !== arity + 1) reportArity(resolution, call, resolved);
  const { modifiers } = resolution;
  resolution.emit({ kind: 'call', start, end, modifiers, negated, callee, arity, arguments: given });
}

function isPrint(resolution: Resolution, { operator: { head, path } }: Call): boolean {
  if (path.length > 0 || head.kind !== 'variable' || head.name !== 'print') return false;
  return resolution.global('print') === undefined && resolution.around.builtins.has('internal.print');
}

/** Known before anything is evaluated. */
function metadataOf({ metadata }: Resolution, call: Call): Constant | undefined {
  if (metadata === undefined || call.arguments.length > 0) return undefined;
  const name = dottedName(call.operator);
  if (name === 'rego.metadata.rule') return constant(metadata.rule());
  return name === 'rego.metadata.chain' ? constant(metadata.chain()) : undefined;
}

function reportArity(resolution: Resolution, call: Call, { callee, arity }: ResolvedCallee): void {
  const name = callee.kind === 'builtin' ? callee.name : pathText(callee.path);
  const count = call.arguments.length;
  const takes = arity === 0 ? 'no arguments' : arity === 1 ? 'one argument' : `${arity} arguments`;
  const given = count === 0 ? 'none is given' : count === 1 ? 'one is given' : `${count} are given`;
  resolution.report(call, { code: 'rego/arity', message: `\`${name}\` takes ${takes}, and ${given}` });
}
