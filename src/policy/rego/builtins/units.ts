/** Amounts with units, `10G` or `1.5MiB`, as numbers. */
import { floatOfDecimal, multiplyFloats, truncateFloat } from '../values/binary-float.ts';
import { integerOf, numberOf } from '../values/number.ts';
import type { RegoNumber, RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';

const PREFIXES = ['k', 'm', 'g', 't', 'p', 'e'];

/** In bytes the unit may end in `b`, and letters of any case are the same. */
const BYTE_UNITS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ...PREFIXES.flatMap((prefix, index): (readonly [string, bigint])[] => {
    const [decimal, binary] = [1000n ** BigInt(index + 1), 1024n ** BigInt(index + 1)];
    return [
      [prefix, decimal],
      [`${prefix}b`, decimal],
      [`${prefix}i`, binary],
      [`${prefix}ib`, binary],
    ];
  }),
]);

/** Otherwise `m` is a thousandth and `M` a million; the other prefixes are the same in both cases. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['M', 1000n ** 2n],
  ...PREFIXES.flatMap((prefix, index): (readonly [string, bigint])[] => {
    const [decimal, binary] = [1000n ** BigInt(index + 1), 1024n ** BigInt(index + 1)];
    const large = prefix.toUpperCase();
    const both: (readonly [string, bigint])[] = [
      [`${prefix}i`, binary],
      [`${large}i`, binary],
    ];
    return prefix === 'm' ? both : [...both, [prefix, decimal], [large, decimal]];
  }),
]);

/** A number as far as it may be one: digits, points and signs, and an exponent that has digits or a sign. */
const AMOUNT = /^(?:[0-9.+-]|[eE][+-]|[eE](?=[0-9]))*/;
const MAX_EXPONENT_DIGITS = 6;

type Amount = { readonly number: string; readonly unit: string };

function splitAmount(name: string, text: string, what: string): Amount | BuiltinError {
  if (text.includes(' ')) return new BuiltinError(`${name}: spaces not allowed in resource strings`);
  const number = AMOUNT.exec(text)?.[0] ?? '';
  for (const [, digits = ''] of number.matchAll(/[eE][+-]?([0-9]*)/g)) {
    if (digits.length > MAX_EXPONENT_DIGITS) return new BuiltinError(`${name}: exponent too large`);
  }
  if (number === '') return new BuiltinError(`${name}: no ${what} provided`);
  return { number, unit: text.slice(number.length) };
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function parseDecimal(text: string): { readonly coefficient: bigint; readonly exponent: number } | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  return { coefficient: sign === '-' ? -magnitude : magnitude, exponent: Number(power) - fraction.length };
}

/** More digits than this no unit is worth, and computing them would take long. */
const MAX_POWER = 100_000;

function parseBytes(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const name = 'units.parse_bytes';
  const amount = splitAmount(name, text.toLowerCase().replaceAll('"', ''), 'byte amount');
  if (amount instanceof BuiltinError) return amount;
  const factor = BYTE_UNITS.get(amount.unit);
  if (factor === undefined) return new BuiltinError(`${name}: byte unit ${amount.unit} not recognized`);
  const decimal = parseDecimal(amount.number);
  if (decimal === undefined || decimal.exponent > MAX_POWER) {
    return new BuiltinError(`${name}: could not parse byte amount to a number`);
  }
  if (decimal.exponent < -MAX_POWER) return 0;
  const float = floatOfDecimal(decimal.coefficient, decimal.exponent);
  return integerOf(truncateFloat(multiplyFloats(float, { mantissa: factor, exponent: 0 })));
}

/** The double that 0.001 is, exactly. */
const MILLI_NUMERATOR = 1_152_921_504_606_847n;
const MILLI_SHIFT = 60n;

/** After the point, where the amount is no integer. */
const PLACES = 10;

function parseUnits(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const name = 'units.parse';
  const amount = splitAmount(name, text.replaceAll('"', ''), 'amount');
  if (amount instanceof BuiltinError) return amount;
  const unit = amount.unit.slice(0, 1) + amount.unit.slice(1).toLowerCase();
  const factor = unit === 'm' ? MILLI_NUMERATOR : UNITS.get(unit);
  if (factor === undefined) return new BuiltinError(`${name}: unit ${unit} not recognized`);
  const decimal = parseDecimal(amount.number);
  if (decimal === undefined || decimal.exponent > MAX_POWER) {
    return new BuiltinError(`${name}: could not parse amount to a number`);
  }
  if (decimal.exponent < -MAX_POWER) return 0;
  return quotient(decimal.coefficient * factor, decimal.exponent, unit === 'm' ? 1n << MILLI_SHIFT : 1n);
}

/** `numerator × 10^exponent / divisor`: exactly if it is an integer, and otherwise to ten places, halves up. */
function quotient(numerator: bigint, exponent: number, divisor: bigint): RegoNumber {
  const over = numerator * 10n ** BigInt(Math.max(exponent, 0));
  const under = divisor * 10n ** BigInt(Math.max(-exponent, 0));
  if (over % under === 0n) return integerOf(over / under);
  const scaled = (over < 0n ? -over : over) * 10n ** BigInt(PLACES);
  const rounded = (2n * scaled + under) / (2n * under);
  return numberOf(over < 0n ? -rounded : rounded, -PLACES);
}

export const UNIT_BUILTINS: readonly Builtin[] = [
  { name: 'units.parse', parameters: ['string'], result: 'number', call: (_, a) => parseUnits(a) },
  { name: 'units.parse_bytes', parameters: ['string'], result: 'number', call: (_, a) => parseBytes(a) },
];
