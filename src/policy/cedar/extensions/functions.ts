/** The functions of Cedar's extension types, from values to values, and why a call of one failed. */
import { EXTENSION_FUNCTIONS, type ExtensionFunction } from '../syntax.ts';
import type { ExtensionValue, Value } from '../value.ts';
import { Datetime } from './datetime.ts';
import { Decimal } from './decimal.ts';
import { Duration } from './duration.ts';
import { IpAddress } from './ip-address.ts';
import { typeOfValue } from './value-type.ts';

/** Undefined when an argument has the wrong type, a text is malformed, or the result overflows: the policy errs. */
export type ExtensionCall = (a: Value, b: Value) => Value | undefined;

export const extensionCalls: { readonly [F in ExtensionFunction]: ExtensionCall } = {
  decimal: (a) => (typeof a === 'string' ? Decimal.parse(a) : undefined),
  // Longs of both forms compare with `<`, mixed ones too.
  lessThan: (a, b) => (a instanceof Decimal && b instanceof Decimal ? a.scaled < b.scaled : undefined),
  lessThanOrEqual: (a, b) => (a instanceof Decimal && b instanceof Decimal ? a.scaled <= b.scaled : undefined),
  greaterThan: (a, b) => (a instanceof Decimal && b instanceof Decimal ? a.scaled > b.scaled : undefined),
  greaterThanOrEqual: (a, b) => (a instanceof Decimal && b instanceof Decimal ? a.scaled >= b.scaled : undefined),
  ip: (a) => (typeof a === 'string' ? IpAddress.parse(a) : undefined),
  isIpv4: (a) => (a instanceof IpAddress ? a.isIpv4() : undefined),
  isIpv6: (a) => (a instanceof IpAddress ? a.isIpv6() : undefined),
  isLoopback: (a) => (a instanceof IpAddress ? a.isLoopback() : undefined),
  isMulticast: (a) => (a instanceof IpAddress ? a.isMulticast() : undefined),
  isInRange: (a, b) => (a instanceof IpAddress && b instanceof IpAddress ? a.isInRange(b) : undefined),
  datetime: (a) => (typeof a === 'string' ? Datetime.parse(a) : undefined),
  offset: (a, b) => (a instanceof Datetime && b instanceof Duration ? a.offset(b) : undefined),
  durationSince: (a, b) => (a instanceof Datetime && b instanceof Datetime ? a.durationSince(b) : undefined),
  toDate: (a) => (a instanceof Datetime ? a.toDate() : undefined),
  toTime: (a) => (a instanceof Datetime ? a.toTime() : undefined),
  duration: (a) => (typeof a === 'string' ? Duration.parse(a) : undefined),
  toMilliseconds: (a) => (a instanceof Duration ? a.toMilliseconds() : undefined),
  toSeconds: (a) => (a instanceof Duration ? a.toSeconds() : undefined),
  toMinutes: (a) => (a instanceof Duration ? a.toMinutes() : undefined),
  toHours: (a) => (a instanceof Duration ? a.toHours() : undefined),
  toDays: (a) => (a instanceof Duration ? a.toDays() : undefined),
};

type ParameterType = {
  readonly name: string;
  readonly has: (value: Value) => boolean;
  /** The function that makes one of a text: what was most likely forgotten when a text came instead. */
  readonly maker?: string;
};

const TEXT: ParameterType = { name: 'a string', has: (value) => typeof value === 'string' };
const DECIMAL: ParameterType = { name: 'a decimal', has: (value) => value instanceof Decimal, maker: 'decimal' };
const IP: ParameterType = { name: 'an ip address', has: (value) => value instanceof IpAddress, maker: 'ip' };
const DATETIME: ParameterType = {
  name: 'a datetime',
  has: (value) => value instanceof Datetime,
  maker: 'datetime',
};
const DURATION: ParameterType = {
  name: 'a duration',
  has: (value) => value instanceof Duration,
  maker: 'duration',
};

const PARAMETERS: { readonly [F in ExtensionFunction]: readonly ParameterType[] } = {
  decimal: [TEXT],
  lessThan: [DECIMAL, DECIMAL],
  lessThanOrEqual: [DECIMAL, DECIMAL],
  greaterThan: [DECIMAL, DECIMAL],
  greaterThanOrEqual: [DECIMAL, DECIMAL],
  ip: [TEXT],
  isIpv4: [IP],
  isIpv6: [IP],
  isLoopback: [IP],
  isMulticast: [IP],
  isInRange: [IP, IP],
  datetime: [TEXT],
  offset: [DATETIME, DURATION],
  durationSince: [DATETIME, DATETIME],
  toDate: [DATETIME],
  toTime: [DATETIME],
  duration: [TEXT],
  toMilliseconds: [DURATION],
  toSeconds: [DURATION],
  toMinutes: [DURATION],
  toHours: [DURATION],
  toDays: [DURATION],
};

/** What refuses a text, for the functions that read one. */
const REFUSALS: { readonly [F in ExtensionFunction]?: (text: string) => string } = {
  decimal: (text) => Decimal.whyNot(text),
  ip: (text) => IpAddress.whyNot(text),
  datetime: (text) => Datetime.whyNot(text),
  duration: (text) => Duration.whyNot(text),
};

/** Of a text in a message: whoever wrote it knows it by its beginning. */
const SHOWN_LENGTH = 64;

/** Why `extensionCalls[name]` gave nothing for these arguments: lower case, no full stop. */
export function describeCallFailure(name: ExtensionFunction, args: readonly Value[]): string {
  const { arity } = EXTENSION_FUNCTIONS[name];
  if (args.length !== arity)
    return `\`${name}\` takes ${arity === 1 ? 'one argument' : 'two arguments'}, and was given ${args.length}`;
  for (const [index, parameter] of PARAMETERS[name].entries()) {
    const value = args[index];
    if (value === undefined) return `\`${name}\` needs ${parameter.name}, and got nothing`;
    if (parameter.has(value)) continue;
    const forgotten = typeof value === 'string' && parameter.maker !== undefined;
    const cause = forgotten ? `: maybe \`${parameter.maker}(...)\` around it was forgotten` : '';
    return `\`${name}\` needs ${parameter.name}, and got ${typeOfValue(value)}${cause}`;
  }
  const [first] = args;
  if (typeof first === 'string') {
    const shown = first.length > SHOWN_LENGTH ? `${first.slice(0, SHOWN_LENGTH)}…` : first;
    return `\`${name}\` does not take \`${shown}\`: ${REFUSALS[name]?.(first) ?? ''}`;
  }
  const values = args.map((value) => `\`${(value as ExtensionValue).toString()}\``).join(' and ');
  return `\`${name}\` of ${values} does not fit 64 bits`;
}
