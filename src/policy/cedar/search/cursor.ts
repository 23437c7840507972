/** Where a page ended, as an opaque text that only the same question to the same store takes. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { formatUid } from '../entity-uid.ts';
import type { EntityStore } from '../store/entity-store.ts';
import type { Entity } from '../value.ts';
import type { CedarQuery } from './cedar-query.ts';

const FORM = /^([1-9a-z][0-9a-z]{0,9})-([0-9a-z]{1,12})-([0-9a-z]{1,12})$/u;

/** Entities keep their ordinals while they exist, so what follows this one is what was not listed yet. */
export function cursorAfter(entity: Entity, query: CedarQuery): string {
  return [entity.ordinal.toString(36), hash(nameOf(entity)), hash(subjectOf(query))].join('-');
}

/** The ordinal after which to go on; 0 for the first page. Code: `cedar/bad-cursor`. */
export function ordinalOf(query: CedarQuery, store: EntityStore): Result<number> {
  if (query.after === undefined) return ok(0);
  const [, digits, entity, question] = (typeof query.after === 'string' && FORM.exec(query.after)) || [];
  if (digits === undefined) return err(refusal('the cursor is not one that a page gave as its `next`'));
  if (question !== hash(subjectOf(query))) return err(refusal('the cursor is from another question'));
  const ordinal = parseInt(digits, 36);
  // In another store, or after a restart, another entity has the ordinal; one that was removed meanwhile is no sign.
  const there = store.entityByOrdinal(ordinal);
  if (there === undefined || hash(nameOf(there)) === entity) return ok(ordinal);
  return err(refusal('the cursor is from another store, or its entity was removed and others were added'));
}

function refusal(message: string): Problem {
  return { code: 'cedar/bad-cursor', message, hint: 'begin again, without `after`' };
}

function nameOf({ type, id }: Entity): string {
  return formatUid({ type: type.name, id });
}

/** Everything but the context, which may hold the time. */
function subjectOf(query: CedarQuery): string {
  const { find } = query;
  switch (find) {
    case 'principal':
      return JSON.stringify([find, query.type, formatUid(query.action), formatUid(query.resource)]);
    case 'resource':
      return JSON.stringify([find, query.type, formatUid(query.principal), formatUid(query.action)]);
    case 'action':
      return JSON.stringify([find, formatUid(query.principal), formatUid(query.resource)]);
  }
}

/** FNV-1a over UTF-16 units, twice 32 bits: tells mistakes, and need not withstand an attack on what grants nothing. */
function hash(text: string): string {
  let [high, low] = [0x811c9dc5, 0xcbf29ce4];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ (unit + index), 0x01000193);
  }
  return ((high >>> 0) * 2 ** 20 + (low >>> 12)).toString(36);
}
