/** Random Rego values for property tests: every type, nested, with numbers and strings that hurt. */
import fc from 'fast-check';
import { parseNumber } from '../values/number.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import type { RegoNumber, RegoValue } from '../values/value.ts';

const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom('9007199254740991', '9007199254740993', '-9007199254740992', '1e30', '0.1', '-0.5', '1e-7', '2.50'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer(), fc.bigInt({ min: 1n, max: 10n ** 25n })).map(([whole, part]) => `${whole}.${part}`),
);

export const arbitraryNumber: fc.Arbitrary<RegoNumber> = numberText.map((text) => parseNumber(text) ?? 0);

export const arbitraryString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'ab', '1', '__proto__', 'constructor', '\u0000', 'é', '\uffff', '😀', '"', '\\', '<&>'),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.toWellFormed()),
);

const { value } = fc.letrec<{ value: RegoValue }>((tie) => {
  const composite = fc.array(tie('value'), { maxLength: 4 });
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(fc.constantFrom(null, true, false), arbitraryNumber, arbitraryString),
      composite,
      composite.map(makeSet),
      fc.array(fc.tuple(arbitraryString, tie('value')), { maxLength: 4 }).map(makeObject),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map(makeObject),
    ),
  };
});

export const arbitraryValue: fc.Arbitrary<RegoValue> = value;
