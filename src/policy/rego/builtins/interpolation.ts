/** `$"…{x}"`: what the parts of a template string are joined by. */
import { toText } from '../values/text.ts';
import { isArray, RegoSet, typeOf, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY } from './rego-type.ts';

/** A part is a scalar, or the set of the values of an expression: none where it is undefined. */
function textOfPart(part: RegoValue): string | BuiltinError {
  if (!(part instanceof RegoSet)) {
    if (typeof part === 'object' && part !== null) return new BuiltinError(`illegal argument type: ${typeOf(part)}`);
    return typeof part === 'string' ? part : toText(part);
  }
  if (part.size > 1) return new BuiltinError('template-strings must not produce multiple outputs');
  const [value] = part.values();
  if (value === undefined) return '<undefined>';
  return typeof value === 'string' ? value : toText(value);
}

function join(parts: RegoValue): BuiltinOutcome {
  if (!isArray(parts)) return operandTypeError(1, parts, 'array');
  let joined = '';
  for (const part of parts) {
    const text = textOfPart(part);
    if (text instanceof BuiltinError) return text;
    joined += text;
  }
  return joined;
}

export const INTERPOLATION_BUILTINS: readonly Builtin[] = [
  { name: 'internal.template_string', parameters: [ANY_ARRAY], result: 'string', call: (_, a) => join(a) },
];
