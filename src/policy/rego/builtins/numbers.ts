/** Ranges of integers, and random ones. */
import { integerOf } from '../values/number.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { bigIntegerOperand, integerOperand } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';

/** Ten million numbers fill 80 MB: OPA would run until it is stopped, which nothing in one call can do here. */
const MAX_RANGE = 10_000_000;

function range(name: string, from: RegoValue, to: RegoValue, by: RegoValue): BuiltinOutcome {
  const first = bigIntegerOperand(1, from);
  if (typeof first !== 'bigint') return first;
  const last = bigIntegerOperand(2, to);
  if (typeof last !== 'bigint') return last;
  const step = bigIntegerOperand(3, by);
  if (typeof step !== 'bigint') return step;
  if (step <= 0n) return new BuiltinError(`${name}: step must be a positive integer`);
  const steps = (first <= last ? last - first : first - last) / step;
  if (steps >= MAX_RANGE) return new BuiltinError(`a range of ${steps + 1n} numbers is more than ${MAX_RANGE}`);
  const [start, end] = [integerOf(first), integerOf(last)];
  const signed = integerOf(first <= last ? step : -step);
  if (typeof start === 'number' && typeof end === 'number' && typeof signed === 'number') {
    return Array.from({ length: Number(steps) + 1 }, (_, index) => start + index * signed);
  }
  return Array.from({ length: Number(steps) + 1 }, (_, index) => integerOf(first + BigInt(index) * BigInt(signed)));
}

/** Below `n`, the same for the same arguments within a query. */
function randomInteger(context: BuiltinContext, name: RegoValue, n: RegoValue): BuiltinOutcome {
  if (typeof name !== 'string') return operandTypeError(1, name, 'string');
  const bound = integerOperand(2, n);
  if (typeof bound !== 'number') return bound;
  if (bound === 0) return 0;
  const key = `rand.intn ${Math.abs(bound)} ${name}`;
  const known = context.memo.get(key);
  if (known !== undefined) return known;
  // Twice the bits that any bound has, so that what is left of a uniform number is uniform, too.
  let random = 0n;
  for (const byte of context.randomBytes(16)) random = (random << 8n) | BigInt(byte);
  const result = integerOf(random % BigInt(Math.abs(bound)));
  context.memo.set(key, result);
  return result;
}

const NUMBERS: RegoType = { array: 'number' };

export const NUMBER_BUILTINS: readonly Builtin[] = [
  {
    name: 'numbers.range',
    parameters: ['number', 'number'],
    result: NUMBERS,
    call: (_, a, b) => range('numbers.range', a, b, 1),
  },
  {
    name: 'numbers.range_step',
    parameters: ['number', 'number', 'number'],
    result: NUMBERS,
    call: (_, a, b, c) => range('numbers.range_step', a, b, c),
  },
  {
    name: 'rand.intn',
    parameters: ['string', 'number'],
    result: 'number',
    nondeterministic: true,
    call: randomInteger,
  },
];
