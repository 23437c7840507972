/** `glob.match`: paths and names against patterns with wildcards. */
import { codePoints } from './string-shapes.ts';
import { isArray, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { compileGlob, type GlobMatcher } from './glob-matcher.ts';
import { parseGlob } from './glob-pattern.ts';
import { wrongElement } from './operand.ts';
import { operandTypeError } from './operand-error.ts';

/** None for null; the dot where the list is empty. */
function separatorsOf(value: RegoValue): readonly string[] | BuiltinError {
  if (value === null) return [];
  if (!isArray(value)) return operandTypeError(2, value, 'array', 'null');
  for (const element of value) {
    if (typeof element !== 'string') return wrongElement(2, value, element, 'string');
    if (codePoints(element).length !== 1) return wrongElement(2, value, element, 'rune');
  }
  return value.length === 0 ? ['.'] : (value as readonly string[]);
}

/** `text` is the number of separators and they, before the pattern. */
function prepare(text: string): GlobMatcher | BuiltinError {
  const [count = '', ...rest] = Array.from(text);
  const parsed = parseGlob(rest.slice(count.charCodeAt(0)).join(''));
  if (!parsed.ok) return new BuiltinError(parsed.problem);
  return compileGlob(parsed.value, rest.slice(0, count.charCodeAt(0)));
}

function match(context: BuiltinContext, pattern: RegoValue, separators: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof pattern !== 'string') return operandTypeError(1, pattern, 'string');
  const chosen = separatorsOf(separators);
  if (chosen instanceof BuiltinError) return chosen;
  if (typeof text !== 'string') return operandTypeError(3, text, 'string');
  const key = String.fromCharCode(chosen.length) + chosen.join('') + pattern;
  const matcher = context.prepared.get('glob', key, prepare);
  return matcher instanceof BuiltinError ? matcher : matcher(text);
}

function quoteMeta(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  return text.replaceAll(/[*?\\[\]{}]/g, String.raw`\$&`);
}

export const GLOB_BUILTINS: readonly Builtin[] = [
  {
    name: 'glob.match',
    parameters: ['string', { anyOf: ['null', { array: 'string' }] }, 'string'],
    result: 'boolean',
    call: match,
  },
  { name: 'glob.quote_meta', parameters: ['string'], result: 'string', call: (_, a) => quoteMeta(a) },
];
