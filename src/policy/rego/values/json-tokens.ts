/** JSON text that is known to be well-formed, read token by token: for what `JSON.parse` does not read right. */
import { parseNumber } from './number.ts';
import { setProperty } from './rego-map.ts';
import type { RegoValue } from './value.ts';

const TOKEN = /([{}[\]])|("[^"\\]*(?:\\.[^"\\]*)*")|[^\s{}[\]:,"]+/gsu;

type Open =
  | { readonly kind: 'array'; readonly elements: RegoValue[] }
  | { readonly kind: 'object'; readonly object: { [name: string]: RegoValue }; name: string | undefined };

/** Undefined: a number is too large. */
export function parseTokens(text: string): RegoValue | undefined {
  const open: Open[] = [{ kind: 'array', elements: [] }];
  const [root] = open as [Open & { kind: 'array' }];
  const put = (value: RegoValue): void => {
    const top = open.at(-1) ?? root;
    if (top.kind === 'array') top.elements.push(value);
    else {
      setProperty(top.object, top.name ?? '', value);
      top.name = undefined;
    }
  };
  for (const [token, mark, string] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (mark === '[') {
      const elements: RegoValue[] = [];
      put(elements);
      open.push({ kind: 'array', elements });
    } else if (mark === '{') {
      const object = {};
      put(object);
      open.push({ kind: 'object', object, name: undefined });
    } else if (mark !== undefined) {
      open.pop();
    } else if (string !== undefined) {
      const value = (JSON.parse(string) as string).toWellFormed();
      if (top?.kind === 'object' && top.name === undefined) top.name = value;
      else put(value);
    } else if (token === 'null') {
      put(null);
    } else if (token === 'true' || token === 'false') {
      put(token === 'true');
    } else {
      const number = parseNumber(token);
      if (number === undefined) return undefined;
      put(number);
    }
  }
  return root.elements[0];
}
