/** JSON as it is hashed in signed bundles: without spaces, names sorted, digits of numbers as they were written. */
import { compareStrings } from '../values/code-points.ts';

const TOKEN = /([{}[\]])|("[^"\\]*(?:\\.[^"\\]*)*")|[^\s{}[\]:,"]+/gsu;

type Open =
  | { readonly kind: 'array'; readonly elements: string[] }
  | { readonly kind: 'object'; readonly members: Map<string, string>; name: string | undefined };

/**
 * Of a text that is known to be well-formed. Read token by token: the value counts that evaluation sees, of equal names
 * the last, and `JSON.parse` takes some names for others (see `json.ts`).
 */
export function canonicalJson(text: string): string {
  const root: Open & { readonly kind: 'array' } = { kind: 'array', elements: [] };
  const open: Open[] = [root];
  const put = (written: string): void => {
    const top = open.at(-1) ?? root;
    if (top.kind === 'array') top.elements.push(written);
    else {
      top.members.set(top.name ?? '', written);
      top.name = undefined;
    }
  };
  for (const [token, mark, string] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (mark === '[') open.push({ kind: 'array', elements: [] });
    else if (mark === '{') open.push({ kind: 'object', members: new Map(), name: undefined });
    else if (mark !== undefined) {
      open.pop();
      put(top === undefined ? '' : closed(top));
    } else if (string === undefined) put(token);
    else {
      const value = (JSON.parse(string) as string).toWellFormed();
      if (top?.kind === 'object' && top.name === undefined) top.name = value;
      else put(canonicalString(value));
    }
  }
  return root.elements[0] ?? '';
}

function closed(container: Open): string {
  if (container.kind === 'array') return `[${container.elements.join(',')}]`;
  const members = [...container.members].sort(([a], [b]) => compareStrings(a, b));
  return `{${members.map(([name, written]) => `${canonicalString(name)}:${written}`).join(',')}}`;
}

/** Go's encoder escapes two more characters than JavaScript's. */
export function canonicalString(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}
