/** Checks policies and their data, for `countersign policy check`. */
import { compileRego } from '../../policy/rego/compile.ts';
import type { CommandContext } from '../command-context.ts';
import { jsonLine } from '../terminal.ts';
import type { PolicyOptions } from './policy-options.ts';
import { readPolicies, textsOf } from './policy-source.ts';
import { tellAll } from './tell-problems.ts';

export type CheckOptions = PolicyOptions & { readonly json?: boolean };

export async function checkPolicies(
  context: CommandContext,
  paths: readonly string[],
  options: CheckOptions,
): Promise<void> {
  const read = await readPolicies(context.operations, paths, options);
  if (!read.ok) return tellAll(context, read.problem, options.json);
  const { modules, data, functions } = read.value;
  const compiled = compileRego({ modules, data, functions });
  if (!compiled.ok) {
    return tellAll(context, { problems: compiled.problem, textOf: textsOf(modules) }, options.json);
  }
  if (options.json === true) return context.terminal.print(jsonLine([]));
  const count = `${modules.length} ${modules.length === 1 ? 'policy' : 'policies'}`;
  context.terminal.print(`${count}: no problems`);
}
