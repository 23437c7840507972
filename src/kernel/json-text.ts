/**
 * JSON text to values, where the engine cannot be trusted with it: V8 13.6 (Node 24) compares a name that has an escape as
 * it is written with the name that an object parsed before had in its place, and may take `"\u0061"` for `"\\"`. Whoever
 * sends one text could so change what another one says. Such texts are read token by token.
 */
import type { JsonValue } from './json.ts';

/** As `JSON.parse`, which it is for texts without escaped names. Throws `SyntaxError`. */
export function parseJsonText(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  return hasEscapedName(text) ? (readJsonTokens<JsonValue>(text, Number) as JsonValue) : value;
}

/** Whether a name has an escape. */
export function hasEscapedName(text: string): boolean {
  if (!text.includes('\\')) return false;
  let [inString, isEscaped] = [false, false];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (!inString) {
      if (unit === 0x3a && isEscaped) return true;
      if (unit === 0x22) [inString, isEscaped] = [true, false];
      else if (unit > 0x20) isEscaped = false;
    } else if (unit === 0x5c) {
      isEscaped = true;
      index += 1;
    } else if (unit === 0x22) {
      inString = false;
    }
  }
  return false;
}

const TOKEN = /([{}[\]])|("[^"\\]*(?:\\.[^"\\]*)*")|[^\s{}[\]:,"]+/gsu;

/** What a text without numbers is made of; numbers are `T`. */
type Read<T> = null | boolean | string | T | Read<T>[] | { [name: string]: Read<T> };

type Open<T> =
  | { readonly kind: 'array'; readonly elements: Read<T>[] }
  | { readonly kind: 'object'; readonly object: { [name: string]: Read<T> }; name: string | undefined };

/** A text that is known to be JSON. Undefined where `numberOf` is undefined of one of its numbers. */
export function readJsonTokens<T>(
  text: string,
  numberOf: (token: string) => T | undefined,
  textOf: (text: string) => string = (same) => same,
): Read<T> | undefined {
  const root: Open<T> & { kind: 'array' } = { kind: 'array', elements: [] };
  const open: Open<T>[] = [root];
  const put = (value: Read<T>): void => {
    const top = open.at(-1) ?? root;
    if (top.kind === 'array') {
      top.elements.push(value);
      return;
    }
    // `__proto__` is a name like any other, where assignment would set the prototype.
    const property = { value, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(top.object, top.name ?? '', property);
    top.name = undefined;
  };
  for (const [token, mark, string] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (mark === '[') {
      const elements: Read<T>[] = [];
      put(elements);
      open.push({ kind: 'array', elements });
    } else if (mark === '{') {
      const object: { [name: string]: Read<T> } = {};
      put(object);
      open.push({ kind: 'object', object, name: undefined });
    } else if (mark !== undefined) {
      open.pop();
    } else if (string !== undefined) {
      // By itself a string is no name, and read right.
      const value = textOf(JSON.parse(string) as string);
      if (top?.kind === 'object' && top.name === undefined) top.name = value;
      else put(value);
    } else if (token === 'null') {
      put(null);
    } else if (token === 'true' || token === 'false') {
      put(token === 'true');
    } else {
      const number = numberOf(token);
      if (number === undefined) return undefined;
      put(number);
    }
  }
  return root.elements[0];
}
