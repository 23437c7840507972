/** The id of a recorded event, a decision's above all: short, sortable by time, easy to read out. */
import { err, ok, type Result } from './result.ts';

declare const brand: unique symbol;

/**
 * 16 characters of Crockford's base 32 in lower case: 9 of time (milliseconds since 1970, good until the year 3084)
 * and 7 of chance (35 bits). Ids sort as their times do, so a search reads only the part of the ledger of its time.
 */
export type EventId = string & { readonly [brand]: 'EventId' };

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 9;
const RANDOM_DIGITS = 7;

/** `random(n)` fills n bytes from a cryptographic source. */
export function makeEventId(now: number, random: (bytes: number) => Uint8Array): EventId {
  let time = '';
  for (let rest = now, index = 0; index < TIME_DIGITS; index += 1) {
    time = (DIGITS[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  let chance = '';
  for (const byte of random(RANDOM_DIGITS)) chance += DIGITS[byte & 31] ?? '0';
  return (time + chance) as EventId;
}

/** Takes what a person typed: any case, dashes between, `o` for `0`, `i` and `l` for `1`, as Crockford allows. */
export function parseEventId(text: string): Result<EventId> {
  const id = text.toLowerCase().replaceAll('-', '').replaceAll('o', '0').replaceAll(/[il]/gu, '1');
  if (id.length === TIME_DIGITS + RANDOM_DIGITS && /^[0-9a-hjkmnp-tv-z]+$/u.test(id)) return ok(id as EventId);
  const message = `\`${text.slice(0, 64)}\` is not a decision id`;
  return err({ code: 'event-id/bad', message, hint: 'an id has 16 letters and digits, as in the body of the 403' });
}

/** Milliseconds since 1970. */
export function timeOfEventId(id: EventId): number {
  let time = 0;
  for (const digit of id.slice(0, TIME_DIGITS)) time = time * 32 + DIGITS.indexOf(digit);
  return time;
}
