/** A key for a JavaScript `Map` of every value: the same for equal values, and for no others. */
import { canonicalNumber, formatNumber } from './number.ts';
import { isArray, isNumber, RegoMap, RegoSet, type PlainObject, type RegoValue } from './value.ts';

/** Numbers, strings, booleans and null are their own keys; a composite is a text that no string is the key of. */
export function mapKey(value: RegoValue): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0"${value}` : value;
  if (typeof value === 'number') return canonicalNumber(value);
  return typeof value === 'object' && value !== null ? `\0${encode(value)}` : value;
}

function encode(value: RegoValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isNumber(value)) return formatNumber(value);
  if (isArray(value)) return encodeList(value);
  if (value instanceof RegoSet) return `<${encodeParts(Array.from(value.values(), encode))}>`;
  if (value instanceof RegoMap) return `(${encodeParts(value.sortedKeys().map((key) => encodeEntry(value, key)))})`;
  return encodePlainObject(value);
}

function encodeList(values: readonly RegoValue[]): string {
  let text = '[';
  for (const value of values) text += `${encode(value)},`;
  return `${text}]`;
}

function encodePlainObject(object: PlainObject): string {
  let text = '{';
  for (const key of Object.keys(object).sort()) text += `${JSON.stringify(key)}:${encode(object[key] as RegoValue)},`;
  return `${text}}`;
}

function encodeEntry(map: RegoMap, key: RegoValue): string {
  return `${encode(key)}:${encode(map.get(key) as RegoValue)}`;
}

/** Any order that is the same for the same parts will do. */
function encodeParts(parts: string[]): string {
  return parts.sort().join(',');
}
