/** Strings as sequences of code points: looking, cutting, joining, replacing. */
import { floatOf, truncateFloat } from '../values/binary-float.ts';
import { isFlat } from '../values/code-points.ts';
import { bigIntegerOf } from '../values/number.ts';
import { isArray, isNumber, RegoSet, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { integerOperand, stringsOperand } from './operand.ts';
import { operandError, operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';
import { codePoints, lower, trimLeft, trimRight, trimSpace, upper } from './string-shapes.ts';

/** A function of one string. */
function unary(name: string, result: RegoType, operation: (text: string) => RegoValue): Builtin {
  return {
    name,
    parameters: ['string'],
    result,
    call: (_, a) => (typeof a === 'string' ? operation(a) : operandTypeError(1, a, 'string')),
  };
}

/** A function of two strings. */
function binary(name: string, result: RegoType, operation: (a: string, b: string) => BuiltinOutcome): Builtin {
  return {
    name,
    parameters: ['string', 'string'],
    result,
    call: (_, a, b) => {
      if (typeof a !== 'string') return operandTypeError(1, a, 'string');
      return typeof b === 'string' ? operation(a, b) : operandTypeError(2, b, 'string');
    },
  };
}

function concat(separator: RegoValue, parts: RegoValue): BuiltinOutcome {
  if (typeof separator !== 'string') return operandTypeError(1, separator, 'string');
  if (!isArray(parts) && !(parts instanceof RegoSet)) return operandTypeError(2, parts, 'set', 'array');
  const strings = stringsOperand(2, parts);
  return strings instanceof BuiltinError ? strings : strings.join(separator);
}

/** The index in code points, of an index in UTF-16 units. */
function codePointIndex(text: string, index: number): number {
  return isFlat(text) ? index : codePoints(text.slice(0, index)).length;
}

function indexOf(text: string, part: string): BuiltinOutcome {
  if (part === '') return new BuiltinError('empty search character');
  const index = text.indexOf(part);
  return index < 0 ? -1 : codePointIndex(text, index);
}

function allIndexesOf(text: string, part: string): BuiltinOutcome {
  if (part === '') return new BuiltinError('empty search character');
  const flat = isFlat(text);
  const found: number[] = [];
  let [from, passed] = [0, 0];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    passed += flat ? at - from : codePoints(text.slice(from, at)).length;
    from = at;
    found.push(passed);
  }
  return found;
}

/** Without a length that makes sense, up to the end. */
function substring(text: RegoValue, offset: RegoValue, length: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const start = integerOperand(2, offset);
  if (typeof start !== 'number') return start;
  const count = integerOperand(3, length);
  if (typeof count !== 'number') return count;
  if (start < 0) return new BuiltinError('negative offset');
  const end = count < 0 ? Infinity : start + count;
  return isFlat(text) ? text.slice(start, end) : codePoints(text).slice(start, end).join('');
}

function split(text: string, separator: string): readonly string[] {
  return separator === '' ? codePoints(text) : text.split(separator);
}

/** The first `count` parts, or the last ones when it is negative. */
function splitSome(text: RegoValue, separator: RegoValue, count: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  if (typeof separator !== 'string') return operandTypeError(2, separator, 'string');
  const most = integerOperand(3, count);
  if (typeof most !== 'number') return most;
  return most < 0 ? split(text, separator).slice(most) : split(text, separator).slice(0, most);
}

function countOf(text: string, part: string): number {
  if (part === '') return codePoints(text).length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

function replace(text: RegoValue, old: RegoValue, replacement: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  if (typeof old !== 'string') return operandTypeError(2, old, 'string');
  if (typeof replacement !== 'string') return operandTypeError(3, replacement, 'string');
  if (old !== '') return text.replaceAll(old, () => replacement);
  return replacement + codePoints(text).join(replacement) + (text === '' ? '' : replacement);
}

const RADIX: ReadonlyMap<RegoValue, number> = new Map([2, 8, 10, 16].map((radix) => [radix, radix]));

/** A fraction is cut off. */
function formatInteger(number: RegoValue, base: RegoValue): BuiltinOutcome {
  if (!isNumber(number)) return operandTypeError(1, number, 'number');
  if (!isNumber(base)) return operandTypeError(2, base, 'number');
  const radix = RADIX.get(base);
  if (radix === undefined) return operandError(2, 'must be one of {2, 8, 10, 16}');
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number.toString(radix);
  return (bigIntegerOf(number) ?? truncateFloat(floatOf(number))).toString(radix);
}

export const STRING_BUILTINS: readonly Builtin[] = [
  {
    name: 'concat',
    parameters: ['string', { anyOf: [{ array: 'string' }, { set: 'string' }] }],
    result: 'string',
    call: (_, a, b) => concat(a, b),
  },
  binary('contains', 'boolean', (text, part) => text.includes(part)),
  binary('startswith', 'boolean', (text, part) => text.startsWith(part)),
  binary('endswith', 'boolean', (text, part) => text.endsWith(part)),
  binary('indexof', 'number', indexOf),
  binary('indexof_n', { array: 'number' }, allIndexesOf),
  {
    name: 'substring',
    parameters: ['string', 'number', 'number'],
    result: 'string',
    call: (_, a, b, c) => substring(a, b, c),
  },
  binary('split', { array: 'string' }, split),
  {
    name: 'strings.split_n',
    parameters: ['string', 'string', 'number'],
    result: { array: 'string' },
    call: (_, a, b, c) => splitSome(a, b, c),
  },
  binary('strings.count', 'number', countOf),
  {
    name: 'replace',
    parameters: ['string', 'string', 'string'],
    result: 'string',
    call: (_, a, b, c) => replace(a, b, c),
  },
  {
    name: 'format_int',
    parameters: ['number', 'number'],
    result: 'string',
    call: (_, a, b) => formatInteger(a, b),
  },
  unary('lower', 'string', lower),
  unary('upper', 'string', upper),
  unary('strings.reverse', 'string', (text) => codePoints(text).toReversed().join('')),
  unary('trim_space', 'string', trimSpace),
  binary('trim', 'string', (text, cutset) => trimRight(trimLeft(text, cutset), cutset)),
  binary('trim_left', 'string', trimLeft),
  binary('trim_right', 'string', trimRight),
  binary('trim_prefix', 'string', (text, part) => (text.startsWith(part) ? text.slice(part.length) : text)),
  binary('trim_suffix', 'string', (text, part) =>
    part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text,
  ),
];
