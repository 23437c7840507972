/** Functions of CEL that the library has otherwise than SpiceDB; each was compared with it. */
import { celFunc, celMethod, CelScalar, type CelFunc } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { type Duration, TimestampSchema } from '@bufbuild/protobuf/wkt';

import { DURATION, TIMESTAMP } from './timestamp-methods.ts';

const { BOOL, DOUBLE, INT, STRING } = CelScalar;

/** Texts are ordered by code points, not by UTF-16 units. */
const ORDERINGS: Readonly<Record<string, (order: number) => boolean>> = {
  '_<_': (order) => order < 0,
  '_<=_': (order) => order <= 0,
  '_>_': (order) => order > 0,
  '_>=_': (order) => order >= 0,
};

export const CORRECTIONS: readonly CelFunc[] = [
  ...Object.entries(ORDERINGS).map(([name, holds]) =>
    celFunc(name, [STRING, STRING], BOOL, (a, b) => holds(compareCodePoints(a, b))),
  ),
  // Seconds, where the library counts milliseconds.
  celFunc('timestamp', [INT], TIMESTAMP, (seconds) => create(TimestampSchema, { seconds })),
  celFunc('duration', [INT], DURATION, () => {
    throw new Error('an integer is no duration: it has no unit');
  }),
  celFunc('int', [DURATION], INT, (duration) => nanosecondsOf(duration.message)),
  celMethod('getMilliseconds', DURATION, [], INT, function () {
    return nanosecondsOf(this.message) / 1_000_000n;
  }),
  // The library reads the empty text and hexadecimal as numbers.
  celFunc('int', [STRING], INT, (text) => {
    if (!/^[+-]?\d{1,40}$/u.test(text)) throw new Error('the text is no integer');
    const value = BigInt(text.replace(/^\+/u, ''));
    if (BigInt.asIntN(64, value) !== value) throw new Error('the integer has more than 64 bits');
    return value;
  }),
  celFunc('double', [STRING], DOUBLE, (text) => {
    if (text.trim() !== text || text === '' || Number.isNaN(Number(text)) || /^[+-]?0[xob]/iu.test(text)) {
      throw new Error('the text is no number');
    }
    return Number(text);
  }),
];

function nanosecondsOf({ seconds, nanos }: Duration): bigint {
  return seconds * 1_000_000_000n + BigInt(nanos);
}

function compareCodePoints(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  // Within a pair of surrogates the first halves are the same, so the second ones decide, in the right order.
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}
