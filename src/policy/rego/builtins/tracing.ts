/** `trace`, `print` and what marks test cases: notes to whoever looks on, which decide nothing. */
import { toText } from '../values/text.ts';
import { isArray, RegoSet, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_SET } from './rego-type.ts';

/** What one argument may be, each as text: the values of a set, of which there are none for what is undefined. */
function choicesOf(operand: RegoValue): readonly string[] | BuiltinError {
  if (operand instanceof RegoSet) return operand.size === 0 ? ['<undefined>'] : operand.sorted().map(printed);
  if (typeof operand === 'object' && operand !== null) return new BuiltinError('illegal argument type');
  return [printed(operand)];
}

function printed(value: RegoValue): string {
  return typeof value === 'string' ? value : toText(value);
}

/** A line for every way to choose one value of each operand. */
function printAll(context: BuiltinContext, operands: RegoValue): BuiltinOutcome {
  if (!isArray(operands)) return operandTypeError(1, operands, 'array');
  let lines: readonly (readonly string[])[] = [[]];
  for (const operand of operands) {
    const choices = choicesOf(operand);
    if (choices instanceof BuiltinError) return choices;
    lines = lines.flatMap((line) => choices.map((choice) => [...line, choice]));
  }
  for (const line of lines) context.print(line.join(' '));
  return true;
}

export const TRACING_BUILTINS: readonly Builtin[] = [
  {
    name: 'trace',
    parameters: ['string'],
    result: 'boolean',
    call: (context, note) => {
      if (typeof note !== 'string') return operandTypeError(1, note, 'string');
      context.trace(note);
      return true;
    },
  },
  // Checking makes `internal.print` of it, with each argument as a set, so that what is undefined prints as well.
  { name: 'print', parameters: [], variadic: 'any', result: 'boolean', statement: true, call: () => true },
  { name: 'internal.print', parameters: [{ array: ANY_SET }], result: 'boolean', statement: true, call: printAll },
  { name: 'internal.test_case', parameters: [ANY_ARRAY], result: 'boolean', statement: true, call: () => true },
];
