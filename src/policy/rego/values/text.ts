/** A value as the Rego term that spells it: what OPA prints, formats with `%v` and puts into messages. */
import { entriesOf } from './access.ts';
import { formatNumber } from './number.ts';
import { isArray, isNumber, RegoSet, type RegoValue } from './value.ts';

const NEEDS_ESCAPE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** In double quotes, with Go's escapes: printable characters of any script stay as they are. */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replaceAll(ESCAPED, escape)}"`;
}

function escape(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0xdc80 && point <= 0xdcff) return `\\x${(point - 0xdc00).toString(16)}`;
  if (point >= 0xd800 && point <= 0xdfff) return '\ufffd';
  const hex = point.toString(16);
  if (point < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

export function toText(value: RegoValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isNumber(value)) return formatNumber(value);
  if (isArray(value)) return `[${value.map(toText).join(', ')}]`;
  if (value instanceof RegoSet) return value.size === 0 ? 'set()' : `{${value.sorted().map(toText).join(', ')}}`;
  return `{${entriesOf(value)
    .map(([key, element]) => `${toText(key)}: ${toText(element)}`)
    .join(', ')}}`;
}
