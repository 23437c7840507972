/** A value as Cedar writes it, cut where it grows long: for messages and explanations. */
import { quoteString } from '../parse/escapes.ts';
import { CedarRecord, CedarSet, Entity, fieldsOf, type Value } from '../value.ts';

/** Long enough for what a person would compare by eye. */
const MAX_ELEMENTS = 10;
const MAX_TEXT = 200;

export function describeValue(value: Value): string {
  const text = describe(value, 0);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}

function describe(value: Value, depth: number): string {
  if (typeof value === 'string')
    return quoteString(value.length > MAX_TEXT ? value.slice(0, MAX_TEXT).toWellFormed() : value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Entity) return `${value.type.name}::${quoteString(value.id)}`;
  if (depth > 4) return '…';
  if (value instanceof CedarSet) return `[${listed(value.elements, (element) => describe(element, depth + 1))}]`;
  if (value instanceof CedarRecord) {
    return `{${listed(fieldsOf(value), ([name, field]) => `${quoteString(name)}: ${describe(field, depth + 1)}`)}}`;
  }
  return value.toString();
}

function listed<T>(items: readonly T[], show: (item: T) => string): string {
  const shown = items.slice(0, MAX_ELEMENTS).map(show);
  return [...shown, ...(items.length > MAX_ELEMENTS ? [`… ${items.length - MAX_ELEMENTS} more`] : [])].join(', ');
}
