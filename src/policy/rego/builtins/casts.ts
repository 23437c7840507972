/** Conversions between types, and those that only insist on one. */
import { listOf } from '../values/access.ts';
import { numberOf, parseNumber } from '../values/number.ts';
import { makeSet } from '../values/rego-set.ts';
import { quote } from '../values/text.ts';
import { isNumber, isObject, RegoSet, type RegoNumber, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_ARRAY, ANY_OBJECT, ANY_SET, type RegoType } from './rego-type.ts';

function toNumber(value: RegoValue): BuiltinOutcome {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isNumber(value)) return value;
  if (typeof value === 'string') return numberOfText(value);
  return operandTypeError(1, value, 'null', 'boolean', 'number', 'string');
}

const NOT_FINITE = /^[+-]*(?:inf|infinity|nan)$/i;

/** What Go's `strconv.ParseFloat` takes: also a sign, digits grouped with `_`, and hexadecimal with a power of two. */
function numberOfText(text: string): BuiltinOutcome {
  if (NOT_FINITE.test(text)) return operandTypeError(1, text, 'valid number string');
  const plain = withoutGroups(text);
  const number = plain === undefined ? undefined : (parseNumber(plain) ?? numberOfHexadecimal(plain));
  if (number !== undefined && Math.abs(Number(plain)) !== Infinity) return number;
  const reason = number === undefined && !isFiniteSyntax(plain) ? 'invalid syntax' : 'value out of range';
  return new BuiltinError(`strconv.ParseFloat: parsing ${quote(text)}: ${reason}`);
}

/** Underscores stand between digits only. */
function withoutGroups(text: string): string | undefined {
  if (!text.includes('_')) return text;
  if (/(?:^|[^0-9a-f])_|_(?:$|[^0-9a-f])/i.test(text.replace(/^([+-]?0x)_/i, '$1'))) return undefined;
  return text.replaceAll('_', '');
}

function isFiniteSyntax(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
}

const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?\d+)$/i;
/** Of two: what a double has. */
const MAX_POWER = 1_100;

function numberOfHexadecimal(text: string): RegoNumber | undefined {
  const parts = HEXADECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = parts;
  if (whole + fraction === '' || Math.abs(Number(power)) > MAX_POWER) return undefined;
  const digits = BigInt(`0x${whole}${fraction}`);
  const shift = Number(power) - 4 * fraction.length;
  const magnitude = shift >= 0 ? digits << BigInt(shift) : digits * 5n ** BigInt(-shift);
  return numberOf(sign === '-' ? -magnitude : magnitude, Math.min(shift, 0));
}

function toArray(value: RegoValue): BuiltinOutcome {
  return listOf(value) ?? operandTypeError(1, value, 'array', 'set');
}

function toSet(value: RegoValue): BuiltinOutcome {
  if (value instanceof RegoSet) return value;
  return Array.isArray(value) ? makeSet(value as readonly RegoValue[]) : operandTypeError(1, value, 'array', 'set');
}

function cast(type: 'string' | 'boolean' | 'null' | 'object', is: (value: RegoValue) => boolean): Builtin {
  const result: RegoType = type === 'object' ? ANY_OBJECT : type;
  const call: Builtin['call'] = (_, a) => (is(a) ? a : operandTypeError(1, a, type));
  return { name: `cast_${type}`, parameters: ['any'], result, call };
}

export const CAST_BUILTINS: readonly Builtin[] = [
  {
    name: 'to_number',
    parameters: [{ anyOf: ['null', 'boolean', 'number', 'string'] }],
    result: 'number',
    call: (_, a) => toNumber(a),
  },
  { name: 'cast_array', parameters: ['any'], result: ANY_ARRAY, call: (_, a) => toArray(a) },
  { name: 'cast_set', parameters: ['any'], result: ANY_SET, call: (_, a) => toSet(a) },
  cast('string', (value) => typeof value === 'string'),
  cast('boolean', (value) => typeof value === 'boolean'),
  cast('null', (value) => value === null),
  cast('object', isObject),
];
