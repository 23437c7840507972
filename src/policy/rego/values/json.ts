/** JSON text to values and back, with every digit of a number kept. */
import { hasEscapedName, readJsonTokens } from '../../../kernel/json-text.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { entriesOf } from './access.ts';
import { compareStrings } from './code-points.ts';
import { jsonError } from './json-error.ts';
import { formatNumber, parseNumber } from './number.ts';
import { isArray, isNumber, RegoSet, type RegoValue } from './value.ts';

/** As Go's decoder: deeper text is an attack on whoever recurses. */
const MAX_DEPTH = 10_000;

/** A number that a double may not hold: sixteen digits or an exponent. Finds some strings too, which costs only time. */
const LONG_NUMBER = /[0-9][0-9.]{15}|[0-9][eE][+-]?[0-9]/;

const LONE_SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** The value, or what is wrong with the text, as OPA words it. */
export function parseJson(text: string): Result<RegoValue, string> {
  if (text.length > MAX_DEPTH && isTooDeep(text)) return err('exceeded max depth');
  let tooLarge = false;
  const revive = (_: string, value: unknown, context: { readonly source?: string }): unknown => {
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value !== 'number' || context.source === undefined) return value;
    const number = parseNumber(context.source);
    tooLarge ||= number === undefined;
    return number ?? 0;
  };
  const needsCare = LONG_NUMBER.test(text) || LONE_SURROGATE_ESCAPE.test(text);
  try {
    const value = (needsCare ? parseWithSources(text, revive) : JSON.parse(text)) as RegoValue;
    if (!tooLarge && hasEscapedName(text)) {
      const exact = readJsonTokens(text, parseNumber, (each) => each.toWellFormed());
      return exact === undefined ? err('invalid number: number too big') : ok(exact);
    }
    return tooLarge ? err('invalid number: number too big') : ok(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return err(jsonError(text) ?? error.message);
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index += 1;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) {
      inString = true;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (unit === 0x5d || unit === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** `JSON.parse` with the source of each number, which the declarations of the language do not know yet. */
const parseWithSources = JSON.parse as (
  text: string,
  revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

export type JsonLayout = {
  /** Before every line but the first. */
  readonly prefix: string;
  readonly indent: string;
};

/**
 * Sets as sorted arrays, other keys than strings as the JSON they are, properties sorted, and `<`, `>` and `&` escaped:
 * what OPA's `json.marshal` gives.
 */
export function formatJson(value: RegoValue, layout?: JsonLayout): string {
  return format(value, layout, layout === undefined ? '' : `\n${layout.prefix}`);
}

function format(value: RegoValue, layout: JsonLayout | undefined, line: string): string {
  if (typeof value === 'string') return formatString(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isNumber(value)) return formatNumber(value);
  const inner = layout === undefined ? '' : line + layout.indent;
  if (isArray(value) || value instanceof RegoSet) {
    const elements = isArray(value) ? value : value.sorted();
    if (elements.length === 0) return '[]';
    return `[${inner}${elements.map((element) => format(element, layout, inner)).join(`,${inner}`)}${line}]`;
  }
  const properties = propertiesOf(value);
  if (properties.length === 0) return '{}';
  const colon = layout === undefined ? ':' : ': ';
  const parts = properties.map(([key, element]) => formatString(key) + colon + format(element, layout, inner));
  return `{${inner}${parts.join(`,${inner}`)}${line}}`;
}

type Composite = Exclude<RegoValue, null | boolean | string | number | bigint>;

/** Sorted by name; of two keys with the same text the later one stays, as it would in a JSON object. */
function propertiesOf(value: Composite): readonly (readonly [string, RegoValue])[] {
  const entries = entriesOf(value as Parameters<typeof entriesOf>[0]);
  if (entries.every(([key]) => typeof key === 'string')) return entries as readonly (readonly [string, RegoValue])[];
  const named = new Map(entries.map(([key, element]) => [typeof key === 'string' ? key : formatJson(key), element]));
  return [...named].sort(([a], [b]) => compareStrings(a, b));
}

const ESCAPED = /[<>&\u2028\u2029]/;
const ALL_ESCAPED = /[<>&\u2028\u2029]/g;

function formatString(text: string): string {
  const json = JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
  if (!ESCAPED.test(json)) return json;
  return json.replaceAll(ALL_ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
