/** From the JSON of a context to values of the types that a caveat's parameters have, as SpiceDB converts them. */
import { celMap, type CelInput, type CelMap } from '@bufbuild/cel';

import type { JsonObject, JsonValue } from '../../../kernel/json.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { CaveatType } from '../schema/caveat-type.ts';
import { MAX_CONTEXT_NESTING } from './limits.ts';
import { parseIpAddress, printIpAddress } from './ip-address.ts';
import { showCaveatType } from './show-type.ts';
import { parseDuration, parseTimestamp } from './time-value.ts';

export type CaveatParameters = ReadonlyMap<string, CaveatType>;

/** What has no parameter is left out. An address is its shortest text, so that equal ones are equal. */
export function convertContext(
  caveat: string,
  parameters: CaveatParameters,
  context: JsonObject,
): Result<ReadonlyMap<string, CelInput>> {
  const values = new Map<string, CelInput>();
  for (const [name, type] of parameters) {
    const value = Object.hasOwn(context, name) ? context[name] : undefined;
    if (value === undefined) continue;
    const converted = convert(type, value);
    if (!converted.ok) {
      const { wanted, given } = converted.problem;
      return err({
        code: 'relations/context-type',
        message: `the parameter \`${name}\` of the caveat \`${caveat}\` has the type \`${showCaveatType(type)}\`: expected ${wanted}, found ${given}`,
      });
    }
    values.set(name, converted.value);
  }
  return ok(values);
}

type Mismatch = { readonly wanted: string; readonly given: string };
type Converted = Result<CelInput, Mismatch>;

function convert(type: CaveatType, value: JsonValue): Converted {
  const mismatch = (wanted: string): Converted => err({ wanted, given: describe(value) });
  if (typeof type === 'object') return 'list' in type ? convertList(type.list, value) : convertMap(type.map, value);
  switch (type) {
    case 'any':
      return convertAny(value, 0);
    case 'bool':
      return typeof value === 'boolean' ? ok(value) : mismatch('a boolean');
    case 'string':
      return typeof value === 'string' ? ok(value) : mismatch('a string');
    case 'int':
    case 'uint':
      return convertInteger(type, value);
    case 'double': {
      const number = numberOf(value);
      return number === undefined ? mismatch('a number') : ok(number);
    }
    case 'bytes': {
      const bytes = typeof value === 'string' ? bytesOf(value) : undefined;
      return bytes === undefined ? mismatch('bytes in base64') : ok(bytes);
    }
    case 'duration': {
      const duration = typeof value === 'string' ? parseDuration(value) : undefined;
      return duration === undefined ? mismatch('a duration such as `1h30m`') : ok(duration);
    }
    case 'timestamp': {
      const timestamp = typeof value === 'string' ? parseTimestamp(value) : undefined;
      return timestamp === undefined ? mismatch('a time of RFC 3339 such as `2026-01-31T12:00:00Z`') : ok(timestamp);
    }
    case 'ipaddress': {
      const address = typeof value === 'string' ? parseIpAddress(value) : undefined;
      return address === undefined ? mismatch('an IP address') : ok(printIpAddress(address));
    }
  }
}

function convertList(type: CaveatType, value: JsonValue): Converted {
  if (!Array.isArray(value)) return err({ wanted: 'a list', given: describe(value) });
  const items: CelInput[] = [];
  for (const [index, item] of (value as readonly JsonValue[]).entries()) {
    const converted = convert(type, item);
    if (!converted.ok) return err({ ...converted.problem, given: `${converted.problem.given} at index ${index}` });
    items.push(converted.value);
  }
  return ok(items);
}

/** The library takes a key with the value null for one that is not there. */
function mapOf(entries: ReadonlyMap<string, CelInput>): CelMap {
  return Object.assign(celMap(entries), {
    has: (key: unknown): boolean => typeof key === 'string' && entries.has(key),
  });
}

function convertMap(type: CaveatType, value: JsonValue): Converted {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err({ wanted: 'a map', given: describe(value) });
  }
  const entries = new Map<string, CelInput>();
  for (const [key, item] of Object.entries(value as JsonObject)) {
    const converted = convert(type, item);
    if (!converted.ok)
      return err({ ...converted.problem, given: `${converted.problem.given} at \`${key.slice(0, 100)}\`` });
    entries.set(key, converted.value);
  }
  return ok(mapOf(entries));
}

/** Objects become maps: the library would take one with the key `$typeName` for a message. */
function convertAny(value: JsonValue, depth: number): Converted {
  if (typeof value !== 'object' || value === null) return ok(value);
  if (depth > MAX_CONTEXT_NESTING)
    return err({ wanted: `values nested ${MAX_CONTEXT_NESTING} deep at most`, given: 'more' });
  const items: CelInput[] = [];
  for (const item of Object.values(value)) {
    const converted = convertAny(item, depth + 1);
    if (!converted.ok) return converted;
    items.push(converted.value);
  }
  if (Array.isArray(value)) return ok(items);
  return ok(mapOf(new Map(Object.keys(value).map((key, index) => [key, items[index] ?? null]))));
}

const INTEGER = /^[+-]?\d{1,40}$/u;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

/** Numbers may come as strings, since JSON's are no integers beyond 2^53. `uint` is counted in 63 bits, as in SpiceDB. */
function convertInteger(type: 'int' | 'uint', value: JsonValue): Converted {
  const integer = integerOf(value);
  const wanted = type === 'int' ? 'an integer of 64 bits' : 'an integer from 0 of 63 bits';
  if (integer === undefined || BigInt.asIntN(64, integer) !== integer || (type === 'uint' && integer < 0n)) {
    return err({ wanted, given: describe(value) });
  }
  return ok(integer);
}

function integerOf(value: JsonValue): bigint | undefined {
  if (typeof value === 'string' && INTEGER.test(value)) return BigInt(value.replace(/^\+/u, ''));
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) ? BigInt(number) : undefined;
}

function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 400) return undefined;
  if (/^[+-]?Inf$/u.test(value)) return value.startsWith('-') ? -Infinity : Infinity;
  return NUMBER.test(value) ? Number(value) : undefined;
}

function bytesOf(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The kind and, where it is short, the value itself. */
function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const shown = String(value);
  const kind = { string: 'the string', number: 'the number', boolean: 'the boolean' }[typeof value as 'string'];
  return shown.length <= 60 ? `${kind} \`${shown}\`` : kind.replace('the', 'a');
}
