/** The functions that every Go template has. */
import { get, sizeOf } from '../values/access.ts';
import { compareStrings } from '../values/code-points.ts';
import { bytesOfText, textOfBytes } from '../values/bytes.ts';
import { isArray, isObject, type RegoValue } from '../values/value.ts';
import { sprintf } from './sprintf.ts';
import { argumentOf, isTrue, Literal, show, textOf, typeNameOf, type TemplateValue } from './template-values.ts';
import { escapeQuery } from './url-query.ts';

/** Why a template stops. */
export class TemplateError extends Error {}

type TemplateFunction = (...args: readonly TemplateValue[]) => TemplateValue;

function fail(name: string, message: string): TemplateError {
  return new TemplateError(`error calling ${name}: ${message}`);
}

/** Spaces between two operands neither of which is a string. */
function print(args: readonly TemplateValue[]): string {
  let text = '';
  for (const [at, value] of args.entries()) {
    if (at > 0 && textOf(value) === undefined && textOf(args[at - 1]) === undefined) text += ' ';
    text += show(value);
  }
  return text;
}

/** One operand as it is, several as `print` has them; what is no value says so, as it does where it is shown by itself. */
function joined(args: readonly TemplateValue[]): string {
  return print(args.map((value) => (value === undefined || value === null ? '<no value>' : value)));
}

function length(value: TemplateValue): TemplateValue {
  const text = textOf(value);
  if (text !== undefined) return new Literal(BigInt(bytesOfText(text).length));
  if (value === undefined || value === null) throw fail('len', 'len of nil pointer');
  const size = value instanceof Literal || typeof value === 'boolean' ? undefined : sizeOf(value);
  if (size === undefined) throw fail('len', `len of type ${typeNameOf(value)}`);
  return new Literal(BigInt(size));
}

function indexNumber(name: string, key: TemplateValue, size: number): number {
  if (!(key instanceof Literal) || typeof key.value !== 'bigint') {
    throw fail(name, `cannot index slice/array with type ${typeNameOf(key)}`);
  }
  if (key.value < 0n || key.value > BigInt(size)) throw fail(name, `index out of range: ${key.value}`);
  return Number(key.value);
}

function index(value: TemplateValue, ...keys: readonly TemplateValue[]): TemplateValue {
  let current = value;
  for (const key of keys) {
    if (current === undefined || current === null) throw fail('index', 'index of untyped nil');
    if (!(current instanceof Literal) && isArray(current)) {
      const at = indexNumber('index', key, current.length - 1);
      current = current[at];
    } else if (textOf(current) !== undefined) {
      const bytes = bytesOfText(textOf(current) ?? '');
      current = new Literal(BigInt(bytes[indexNumber('index', key, bytes.length - 1)] ?? 0));
    } else if (!(current instanceof Literal) && isObject(current)) {
      if (typeof key !== 'string') throw fail('index', `value has type ${typeNameOf(key)}; should be string`);
      current = get(current, key);
    } else {
      throw fail('index', `can't index item of type ${typeNameOf(current)}`);
    }
  }
  return current;
}

function slice(value: TemplateValue, ...bounds: readonly TemplateValue[]): TemplateValue {
  const text = textOf(value);
  const isList = value !== undefined && !(value instanceof Literal) && isArray(value);
  if (text === undefined && !isList) throw fail('slice', `can't slice item of type ${typeNameOf(value)}`);
  const content = text === undefined ? (value as readonly RegoValue[]) : bytesOfText(text);
  const [from = 0, to = content.length] = bounds.map((bound) => indexNumber('slice', bound, content.length));
  if (from > to) throw fail('slice', `invalid slice index: ${from} > ${to}`);
  return content instanceof Uint8Array ? textOfBytes(content.subarray(from, to)) : content.slice(from, to);
}

type Kind = 'text' | 'int' | 'float64' | 'bool' | 'nil' | 'none';

function kindOf(value: TemplateValue): Kind {
  if (textOf(value) !== undefined) return 'text';
  if (value === undefined || value === null) return 'nil';
  if (value instanceof Literal) return typeof value.value === 'bigint' ? 'int' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'none';
}

function checkKinds(name: string, a: TemplateValue, b: TemplateValue): void {
  if (kindOf(a) === kindOf(b)) return;
  const types = `${typeNameOf(a)} and ${typeNameOf(b)}`;
  throw fail(name, `incompatible types for comparison: ${types}`);
}

function isSame(name: string, a: TemplateValue, b: TemplateValue): boolean {
  for (const value of [a, b]) {
    if (kindOf(value) === 'none') throw fail(name, `non-comparable type ${show(value)}: ${typeNameOf(value)}`);
  }
  if (kindOf(a) === 'nil' || kindOf(b) === 'nil') return kindOf(a) === kindOf(b);
  checkKinds(name, a, b);
  return show(a) === show(b);
}

function compare(name: string, a: TemplateValue, b: TemplateValue): number {
  for (const value of [a, b]) {
    const kind = kindOf(value);
    if (kind === 'none' || kind === 'nil' || kind === 'bool') throw fail(name, 'invalid type for comparison');
  }
  checkKinds(name, a, b);
  if (a instanceof Literal && b instanceof Literal) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  return compareStrings(show(a), show(b));
}

function equalToAny(first: TemplateValue, ...others: readonly TemplateValue[]): TemplateValue {
  if (others.length === 0) throw fail('eq', 'missing argument for comparison');
  return others.some((other) => isSame('eq', first, other));
}

const HTML: ReadonlyMap<string, string> = new Map([
  ['\0', '\ufffd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

function escapeHtml(text: string): string {
  return Array.from(text, (character) => HTML.get(character) ?? character).join('');
}

function escapeScript(text: string): string {
  return Array.from(text, (character) => {
    if (`\\'"`.includes(character)) return `\\${character}`;
    if (/[<>&=\p{C}]/u.test(character)) {
      return `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    }
    return character;
  }).join('');
}

/** `and` and `or` are evaluated where they stand: what follows the decisive operand is not. */
export const TEMPLATE_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['not', (value) => !isTrue(value)],
  ['print', (...args) => print(args)],
  ['println', (...args) => `${args.map(show).join(' ')}\n`],
  ['printf', (format, ...args) => sprintf(textOf(format) ?? '', args.map(argumentOf))],
  ['len', length],
  ['index', index],
  ['slice', slice],
  ['eq', equalToAny],
  ['ne', (a, b) => !isSame('ne', a, b)],
  ['lt', (a, b) => compare('lt', a, b) < 0],
  ['le', (a, b) => compare('le', a, b) <= 0],
  ['gt', (a, b) => compare('gt', a, b) > 0],
  ['ge', (a, b) => compare('ge', a, b) >= 0],
  ['html', (...args) => escapeHtml(joined(args))],
  ['js', (...args) => escapeScript(joined(args))],
  ['urlquery', (...args) => escapeQuery(joined(args))],
  [
    'call',
    (value) => {
      throw fail('call', `non-function of type ${typeNameOf(value)}`);
    },
  ],
]);

/** How many operands a function takes at least and at most. */
export const ARITIES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['not', [1, 1]],
  ['len', [1, 1]],
  ['printf', [1, Infinity]],
  ['index', [1, Infinity]],
  ['slice', [1, 4]],
  ['eq', [1, Infinity]],
  ['call', [1, Infinity]],
  ['and', [1, Infinity]],
  ['or', [1, Infinity]],
  ...['ne', 'lt', 'le', 'gt', 'ge'].map((name): [string, [number, number]] => [name, [2, 2]]),
]);
