/** What the functions of Cedar's extension types take and give, as types of a schema. */
import type { ExtensionFunction } from '../syntax.ts';
import type { CedarType, ExtensionTypeName } from './cedar-schema.ts';

export type Signature = { readonly parameters: readonly CedarType[]; readonly result: CedarType };

const STRING: CedarType = { kind: 'String' };
const LONG: CedarType = { kind: 'Long' };
const BOOLEAN: CedarType = { kind: 'Boolean' };
const DECIMAL: CedarType = { kind: 'Extension', name: 'decimal' };
const IP: CedarType = { kind: 'Extension', name: 'ipaddr' };
const DATETIME: CedarType = { kind: 'Extension', name: 'datetime' };
const DURATION: CedarType = { kind: 'Extension', name: 'duration' };

const COMPARE_DECIMALS: Signature = { parameters: [DECIMAL, DECIMAL], result: BOOLEAN };
const TEST_IP: Signature = { parameters: [IP], result: BOOLEAN };
const MEASURE: Signature = { parameters: [DURATION], result: LONG };

export const SIGNATURES: { readonly [F in ExtensionFunction]: Signature } = {
  decimal: { parameters: [STRING], result: DECIMAL },
  lessThan: COMPARE_DECIMALS,
  lessThanOrEqual: COMPARE_DECIMALS,
  greaterThan: COMPARE_DECIMALS,
  greaterThanOrEqual: COMPARE_DECIMALS,
  ip: { parameters: [STRING], result: IP },
  isIpv4: TEST_IP,
  isIpv6: TEST_IP,
  isLoopback: TEST_IP,
  isMulticast: TEST_IP,
  isInRange: { parameters: [IP, IP], result: BOOLEAN },
  datetime: { parameters: [STRING], result: DATETIME },
  offset: { parameters: [DATETIME, DURATION], result: DATETIME },
  durationSince: { parameters: [DATETIME, DATETIME], result: DURATION },
  toDate: { parameters: [DATETIME], result: DATETIME },
  toTime: { parameters: [DATETIME], result: DURATION },
  duration: { parameters: [STRING], result: DURATION },
  toMilliseconds: MEASURE,
  toSeconds: MEASURE,
  toMinutes: MEASURE,
  toHours: MEASURE,
  toDays: MEASURE,
};

/** The function that makes a value of the type from a text. */
export const CONSTRUCTORS: { readonly [N in ExtensionTypeName]: ExtensionFunction } = {
  decimal: 'decimal',
  ipaddr: 'ip',
  datetime: 'datetime',
  duration: 'duration',
};
