/** Values as YAML text, laid out and quoted as OPA's `yaml.marshal` does. */
import { entriesOf } from '../values/access.ts';
import { canonicalNumber, formatNumber } from '../values/number.ts';
import { formatJson } from '../values/json.ts';
import { isArray, isNumber, RegoSet, type RegoNumber, type RegoValue } from '../values/value.ts';
import { formatFloat } from './go-float.ts';
import { isPlainString } from './yaml-scalar.ts';

const INDENT = 2;

export function writeYaml(value: RegoValue): string {
  return writeNode(value, 0, 'document').replace(/^[\n ]+/, '');
}

type Place = 'document' | 'element' | 'value';

/** From right after `-` or `key:`, with the space or line end that comes next, up to the last line end. */
function writeNode(value: RegoValue, depth: number, place: Place): string {
  if (typeof value === 'string') return ` ${writeString(value, Math.max(depth, 1))}\n`;
  if (typeof value === 'boolean' || value === null) return ` ${String(value)}\n`;
  if (isNumber(value)) return ` ${writeNumber(value)}\n`;
  const lines = isArray(value) || value instanceof RegoSet ? elementLines(value, depth) : propertyLines(value, depth);
  if (lines.length === 0) return isArray(value) || value instanceof RegoSet ? ' []\n' : ' {}\n';
  // The first line of what is in a list stands right after its dash.
  const first = place === 'element' ? ` ${(lines[0] ?? '').slice(depth * INDENT)}` : `\n${lines[0] ?? ''}`;
  return first + lines.slice(1).join('');
}

function elementLines(value: readonly RegoValue[] | RegoSet, depth: number): string[] {
  const elements = isArray(value) ? value : value.sorted();
  const indent = ' '.repeat(depth * INDENT);
  return elements.map((element) => `${indent}-${writeNode(element, depth + 1, 'element')}`);
}

type Keyed = Parameters<typeof entriesOf>[0];

function propertyLines(value: Keyed, depth: number): string[] {
  const indent = ' '.repeat(depth * INDENT);
  const named = new Map(
    entriesOf(value).map(([key, child]) => [typeof key === 'string' ? key : formatJson(key), child]),
  );
  const sorted = [...named].sort(([a], [b]) => compareKeys(a, b));
  return sorted.map(([key, child]) => {
    if (isSimpleKey(key)) return `${indent}${writeString(key, 1)}:${writeNode(child, depth + 1, 'value')}`;
    return `${indent}? ${writeString(key, depth + 1)}\n${indent}:${writeNode(child, depth + 1, 'element')}`;
  });
}

/** A key that is longer, or has a line end, is written on lines of its own. */
const MAX_SIMPLE_KEY = 128;

function isSimpleKey(key: string): boolean {
  return !BREAK.test(key) && new TextEncoder().encode(key).length <= MAX_SIMPLE_KEY;
}

/** Integers that fit 64 bits as they are, and everything else as a double. */
function writeNumber(number: RegoNumber): string {
  const wide = typeof number === 'number' ? canonicalNumber(number) : number;
  if (typeof wide === 'number' && Number.isInteger(wide)) return String(wide);
  if (typeof wide === 'bigint' && wide < 2n ** 64n && wide >= -(2n ** 63n)) return String(wide);
  const double = Number(formatNumber(number));
  if (!Number.isFinite(double)) return double < 0 ? '-.inf' : '.inf';
  return (double < 0 ? '-' : '') + formatFloat(Math.abs(double), 'g', -1);
}

function writeString(text: string, depth: number): string {
  if (text.includes('\n')) return allowsBlock(text) ? writeBlock(text, depth) : quoteDouble(text);
  if (!isPlainString(text)) return quoteDouble(text);
  if (allowsPlain(text)) return text;
  return allowsSingle(text) ? `'${text.replaceAll("'", "''")}'` : quoteDouble(text);
}

/** What can be read when it is printed, by the rules of YAML 1.1: nothing beyond the first plane. */
function isPrintable(text: string): boolean {
  return /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text);
}

const BREAK = /[\n\r\u0085\u2028\u2029]/;

/** In a line: nothing that needs an escape. */
function allowsSingle(text: string): boolean {
  return isPrintable(text) && !BREAK.test(text);
}

function allowsPlain(text: string): boolean {
  if (!allowsSingle(text) || text.startsWith(' ') || text.endsWith(' ')) return false;
  if (/^(?:---|\.\.\.)/.test(text)) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[-?:](?:$| )/.test(text)) return false;
  return !/:(?:$| )/.test(text) && !text.includes(' #');
}

function allowsBlock(text: string): boolean {
  return (
    /^[\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text) &&
    !/[\r\u0085\u2028\u2029]| \n| $/.test(text)
  );
}

/** Literal: the lines as they are, after a mark of how many line ends there are at the end. */
function writeBlock(text: string, depth: number): string {
  const hint = /^[ \n]/.test(text) ? String(INDENT) : '';
  const end = text.endsWith('\n') ? (text === '\n' || text.endsWith('\n\n') ? '+' : '') : '-';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const indent = ' '.repeat(depth * INDENT);
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line));
  return `|${hint}${end}\n${lines.join('\n')}`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', String.raw`\0`],
  ['\u0007', String.raw`\a`],
  ['\b', String.raw`\b`],
  ['\t', String.raw`\t`],
  ['\n', String.raw`\n`],
  ['\v', String.raw`\v`],
  ['\f', String.raw`\f`],
  ['\r', String.raw`\r`],
  ['\u001b', String.raw`\e`],
  ['"', String.raw`\"`],
  ['\\', String.raw`\\`],
  ['\u0085', String.raw`\N`],
  ['\u2028', String.raw`\L`],
  ['\u2029', String.raw`\P`],
]);

function quoteDouble(text: string): string {
  return `"${Array.from(text, escapeCharacter).join('')}"`;
}

function escapeCharacter(character: string): string {
  const known = ESCAPES.get(character);
  if (known !== undefined) return known;
  if (isPrintable(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/** Letters after other characters, and numbers within names by what they count. */
function compareKeys(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  let afterDigit = false;
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const [x, y] = [left[at] ?? '', right[at] ?? ''];
    if (x === y) {
      afterDigit = DIGIT.test(x);
      continue;
    }
    const [isLetter, isOtherLetter] = [LETTER.test(x), LETTER.test(y)];
    if (isLetter && isOtherLetter) return comparePoints(x, y);
    if (isLetter || isOtherLetter) return isLetter === afterDigit ? -1 : 1;
    return compareNumbersAt(left, right, at);
  }
  return left.length - right.length;
}

function comparePoints(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/** Neither has a letter there. */
function compareNumbersAt(a: readonly string[], b: readonly string[], at: number): number {
  let before = 0n;
  if (a[at] === '0' || b[at] === '0') {
    for (let index = at - 1; index >= 0 && DIGIT.test(a[index] ?? ''); index -= 1) {
      if (a[index] !== '0') {
        before = 1n;
        break;
      }
    }
  }
  const [left, right] = [numberAt(a, at, before), numberAt(b, at, before)];
  if (left.value !== right.value) return left.value < right.value ? -1 : 1;
  return left.end === right.end ? comparePoints(a[at] ?? '', b[at] ?? '') : left.end - right.end;
}

function numberAt(
  text: readonly string[],
  at: number,
  before: bigint,
): { readonly value: bigint; readonly end: number } {
  let [value, end] = [before, at];
  for (; DIGIT.test(text[end] ?? ''); end += 1)
    value = BigInt.asIntN(64, value * 10n + BigInt((text[end]?.codePointAt(0) ?? 0x30) - 0x30));
  return { value, end };
}
