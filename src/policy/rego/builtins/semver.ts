/** Semantic versions 2.0.0, with a leading `v` where there is one. */
import { quote } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';

type Version = {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly preRelease: readonly string[];
};

const VERSION =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const NUMERIC = /^\d+$/;
const MAX_NUMBER = 2n ** 63n - 1n;

function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, pre] = VERSION.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  const preRelease = pre === undefined ? [] : pre.split('.');
  if (numbers.some((number) => number > MAX_NUMBER)) return undefined;
  return preRelease.some((part) => /^0\d+$/.test(part)) ? undefined : { numbers, preRelease };
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  // A version is later than its pre-releases.
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return Number(a.preRelease.length === 0) - Number(b.preRelease.length === 0);
  }
  return comparePreReleases(a.preRelease, b.preRelease);
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const [isNumber, isOtherNumber] = [NUMERIC.test(part), NUMERIC.test(other)];
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    if (isNumber) return BigInt(part) < BigInt(other) ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return a.length - b.length === 0 ? 0 : -1;
}

function invalid(position: number, text: string): BuiltinError {
  return new BuiltinError(`operand ${position}: string ${quote(text)} is not a valid SemVer`);
}

function compare(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (typeof b !== 'string') return operandTypeError(2, b, 'string');
  const left = parseVersion(a);
  if (left === undefined) return invalid(1, a);
  const right = parseVersion(b);
  return right === undefined ? invalid(2, b) : compareVersions(left, right);
}

export const SEMVER_BUILTINS: readonly Builtin[] = [
  { name: 'semver.compare', parameters: ['string', 'string'], result: 'number', call: (_, a, b) => compare(a, b) },
  {
    name: 'semver.is_valid',
    parameters: ['any'],
    result: 'boolean',
    call: (_, a) => typeof a === 'string' && parseVersion(a) !== undefined,
  },
];
