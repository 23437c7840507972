/** A value as JSON text, indented, so that problems of policies that were given as a value have places too. */
import { MAX_SOURCE_LENGTH } from '../limits.ts';
import { quote } from './quote.ts';

/** Deeper levels are not indented further: the text would grow with the square of the depth. */
const MAX_INDENTED_LEVELS = 20;

type Work =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: unknown; readonly depth: number }
  | { readonly kind: 'leave'; readonly value: object };

/**
 * The text, or in one sentence why there is none. Bigints become integers; members that are undefined are left out, as
 * `JSON.stringify` does, which could not be used: it cannot do bigints, and recurses.
 */
export function jsonText(value: unknown): { readonly text: string } | { readonly message: string } {
  const parts: string[] = [];
  let length = 0;
  const around = new Set<object>();
  const work: Work[] = [{ kind: 'value', value, depth: 0 }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (next.kind === 'leave') around.delete(next.value);
    else {
      const text = next.kind === 'text' ? next.text : textOf(next.value, next.depth, around, work);
      if (text === undefined) return { message: `${describe(next)} is not JSON` };
      parts.push(text);
      length += text.length;
    }
    if (length > MAX_SOURCE_LENGTH) return { message: `its text would be longer than ${MAX_SOURCE_LENGTH} characters` };
  }
  return { text: parts.join('') };
}

/** The text that the value begins with; what follows is put on the stack. Undefined for what is not JSON. */
function textOf(value: unknown, depth: number, around: Set<object>, work: Work[]): string | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  // A larger number may have lost digits already; as a bigint it has not.
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || value % 1 !== 0 ? textOfNumber(value) : undefined;
  if (typeof value !== 'object' || around.has(value)) return undefined;
  const entries = entriesOf(value);
  if (entries === undefined) return undefined;
  const [opening, closing] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return opening + closing;
  around.add(value);
  work.push({ kind: 'text', text: lineAt(depth) + closing }, { kind: 'leave', value });
  for (const [index, [label, element]] of [...entries.entries()].toReversed()) {
    work.push({ kind: 'value', value: element, depth: depth + 1 });
    work.push({ kind: 'text', text: (index === 0 ? '' : ',') + lineAt(depth + 1) + label });
  }
  return opening;
}

function textOfNumber(value: number): string | undefined {
  return Number.isFinite(value) ? JSON.stringify(value) : undefined;
}

/** What stands before each element, and the element; undefined for an instance of a class. */
function entriesOf(value: object): (readonly [label: string, element: unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((element: unknown) => ['', element] as const);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined;
  return Object.entries(value)
    .filter(([, element]) => element !== undefined)
    .map(([name, element]) => [`${JSON.stringify(name)}: `, element] as const);
}

function lineAt(depth: number): string {
  return `\n${'  '.repeat(Math.min(depth, MAX_INDENTED_LEVELS))}`;
}

function describe(work: Work): string {
  if (work.kind !== 'value') return 'it';
  const { value } = work;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? `${value}, which as a number has lost digits and must be a bigint,` : `${value}`;
  }
  if (typeof value === 'object') return 'an object that contains itself, or is an instance of a class,';
  return `a value of the type ${quote(typeof value)}`;
}
