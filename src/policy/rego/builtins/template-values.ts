/** Values as a template has them: numbers of the data are strings to it, as OPA passes them on. */
import { sortedKeys } from '../values/compare.ts';
import { formatNumber } from '../values/number.ts';
import { isArray, isNumber, isObject, type RegoValue } from '../values/value.ts';
import { formatFloat } from './go-float.ts';
import type { Argument } from './go-verb.ts';
import { getOfObject } from '../values/access.ts';

/** A number that is written in the template itself. */
export class Literal {
  readonly value: bigint | number;

  constructor(value: bigint | number) {
    this.value = value;
  }
}

/** Undefined is what is missing. */
export type TemplateValue = RegoValue | Literal | undefined;

export function isTrue(value: TemplateValue): boolean {
  if (value === undefined || value === null) return false;
  if (value instanceof Literal) return value.value !== 0 && value.value !== 0n;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  if (isNumber(value)) return true;
  return isArray(value) ? value.length > 0 : isObject(value) && sortedKeys(value).length > 0;
}

/** As Go's `%v` has it. */
export function show(value: TemplateValue): string {
  if (value === undefined || value === null) return '<nil>';
  if (value instanceof Literal) return showLiteral(value);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isNumber(value)) return formatNumber(value);
  if (isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (!isObject(value)) return '';
  const parts = sortedKeys(value).map((key) => `${show(key)}:${show(getOfObject(value, key))}`);
  return `map[${parts.join(' ')}]`;
}

function showLiteral({ value }: Literal): string {
  if (typeof value === 'bigint') return value.toString();
  return (value < 0 ? '-' : '') + formatFloat(Math.abs(value), 'g', -1);
}

/** Strings, and numbers of the data: what the template takes for text. */
export function textOf(value: TemplateValue): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Literal || value === undefined) return undefined;
  return isNumber(value) ? formatNumber(value) : undefined;
}

export function typeNameOf(value: TemplateValue): string {
  if (value === undefined || value === null) return '<nil>';
  if (value instanceof Literal) return typeof value.value === 'bigint' ? 'int' : 'float64';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (isNumber(value)) return 'json.Number';
  return isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

export function argumentOf(value: TemplateValue): Argument {
  if (value instanceof Literal) {
    return typeof value.value === 'bigint'
      ? { kind: 'integer', value: value.value }
      : { kind: 'float', value: value.value };
  }
  if (typeof value === 'boolean') return { kind: 'text', value: String(value), type: 'bool' };
  if (value === undefined || value === null) return { kind: 'text', value: '<nil>', type: 'nil' };
  const isDataNumber = isNumber(value);
  return { kind: 'text', value: show(value), ...(isDataNumber ? { type: 'json.Number' as const } : {}) };
}
