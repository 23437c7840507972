/** JSON in the one form that can be hashed: the JSON Canonicalization Scheme (RFC 8785). */
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { MAX_EVENT_DEPTH } from './limits.ts';

/**
 * Object members whose value is undefined are left out, as if they were absent. What JSON cannot say (NaN, functions,
 * class instances, lone surrogates, RFC 8785 §3.2.2) and what nests deeper than `MAX_EVENT_DEPTH` is
 * `ledger/not-json`, with the path.
 */
export function canonicalJson(value: JsonValue): Result<string> {
  try {
    const sorted = sortedOrUndefined(value, 0);
    const text = sorted === undefined ? undefined : JSON.stringify(sorted);
    // A lone surrogate was written as an escape; the text may also hold an innocent `\\ud`, so look again, slowly.
    if (text === undefined || text.includes(String.raw`\ud`)) return ok(spell(value, [], 0));
    return ok(text);
  } catch (error) {
    if (error instanceof NotJson) return err({ code: 'ledger/not-json', message: error.message, hint: HINT });
    throw error;
  }
}

const HINT = 'record strings, finite numbers, booleans, null, arrays and plain objects';

class NotJson extends Error {}

/**
 * The fast way: a copy with the members in order, for the engine's own `JSON.stringify`. Undefined when the copy
 * cannot have the order (integer-like names come first in any JavaScript object) or anything at all is unusual; then
 * `spell` does the work and finds the words for a refusal.
 */
function sortedOrUndefined(value: JsonValue, depth: number): JsonValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || depth >= MAX_EVENT_DEPTH) return undefined;
  if (Array.isArray(value)) return sortedArray(value, depth);
  return isPlain(value) ? sortedObject(value as JsonObject, depth) : undefined;
}

function sortedArray(value: readonly JsonValue[], depth: number): JsonValue | undefined {
  const copy: JsonValue[] = [];
  for (const item of value) {
    const sorted = sortedOrUndefined(item, depth + 1);
    if (sorted === undefined) return undefined;
    copy.push(sorted);
  }
  return copy;
}

function sortedObject(value: JsonObject, depth: number): JsonValue | undefined {
  const copy: Record<string, JsonValue> = {};
  for (const name of sortNames(Object.keys(value))) {
    const first = name.charCodeAt(0);
    // Digits: integer-like names. Underscore: `__proto__` would not become a member.
    if ((first >= 48 && first <= 57) || first === 95) return undefined;
    const sorted = sortedOrUndefined(value[name] as JsonValue, depth + 1);
    if (sorted === undefined) return undefined;
    copy[name] = sorted;
  }
  return copy;
}

/** By UTF-16 code units (RFC 8785 §3.2.3), which is how JavaScript compares. Few names: insertion is fastest. */
function sortNames(names: string[]): string[] {
  if (names.length > 16) return names.sort();
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] as string;
    let place = index;
    for (; place > 0 && (names[place - 1] as string) > name; place -= 1) names[place] = names[place - 1] as string;
    names[place] = name;
  }
  return names;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The slow way, straight from the RFC; numbers and strings are spelled as ECMAScript does (RFC 8785 §3.2.2). */
function spell(value: JsonValue, path: readonly (string | number)[], depth: number): string {
  if (typeof value === 'string') return spellString(value, path);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(path, `is ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw notJson(path, `is of the type ${typeof value}`);
  if (depth >= MAX_EVENT_DEPTH) throw notJson(path, `nests deeper than ${MAX_EVENT_DEPTH}`);
  if (Array.isArray(value)) {
    return `[${value.map((item: JsonValue, index) => spell(item, [...path, index], depth + 1)).join(',')}]`;
  }
  if (!isPlain(value)) throw notJson(path, 'is not a plain object');
  const object = value as JsonObject;
  const members: string[] = [];
  for (const name of sortNames(Object.keys(object))) {
    const member = object[name];
    if (member === undefined) continue;
    members.push(`${spellString(name, path)}:${spell(member, [...path, name], depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

function spellString(text: string, path: readonly (string | number)[]): string {
  if (!text.isWellFormed()) throw notJson(path, 'holds a lone surrogate');
  return JSON.stringify(text);
}

function notJson(path: readonly (string | number)[], what: string): NotJson {
  return new NotJson(`\`${path.join('.').slice(0, 128)}\` of the event's data ${what}, which JSON cannot say`);
}
