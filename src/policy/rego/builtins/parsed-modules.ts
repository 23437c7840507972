/** `rego.parse_module`: modules as the trees that OPA's parser makes of them, without their comments. */
import { moduleJson } from '../parse/opa-json.ts';
import { parseModule } from '../parse/parse-module.ts';
import type { RegoProblem } from '../parse/problem-list.ts';
import type { Module } from '../syntax.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';

function parse(file: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof file !== 'string') return operandTypeError(1, file, 'string');
  // OPA counts this one as the first as well.
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const parsed = parseModule({ file, text });
  return parsed.ok
    ? moduleJson(withoutAnnotations(parsed.value))
    : new BuiltinError(describe(parsed.problem, text.split('\n')));
}

/** They are comments to OPA's function, and not looked at. */
function withoutAnnotations(module: Module): Module {
  const rules = module.rules.map((rule) => ({ ...rule, annotations: [] }));
  return { ...module, rules, annotations: [] };
}

function describe(problems: readonly RegoProblem[], lines: readonly string[]): string {
  const each = problems.map((problem) => describeOne(problem, lines));
  return each.length === 1
    ? `1 error occurred: ${each.join('')}`
    : `${each.length} errors occurred:\n${each.join('\n')}`;
}

/** With the line that it is about, and a mark below the place. */
function describeOne({ at, opa, message }: RegoProblem, lines: readonly string[]): string {
  const [file, number, column] = [at?.file ?? '', at?.line ?? 1, at?.column ?? 1];
  const line = lines[number - 1] ?? '';
  return `${file}:${number}: rego_parse_error: ${opa ?? message}\n\t${line}\n\t${' '.repeat(column - 1)}^`;
}

export const PARSED_MODULE_BUILTINS: readonly Builtin[] = [
  {
    name: 'rego.parse_module',
    parameters: ['string', 'string'],
    result: { object: { keys: 'string', values: 'any' } },
    call: (_, a, b) => parse(a, b),
  },
];
