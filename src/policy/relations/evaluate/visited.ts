/** What one evaluation has found out of the sets that it came by, so that each is evaluated once. */
import { type Answer, NO, YES } from './answer.ts';

const FIRST_CAPACITY = 256;
/** An entry's place in the stack once it is complete. */
export const DONE = 0x7fffffff;
/** The lowest place of an answer that rests on no assumption. */
export const INDEPENDENT = 0x7fffffff;
/** Above this many entries the room is given back after the evaluation. */
const KEPT_ENTRIES = 65_536;

/**
 * A set is named by a member of the schema and an object. While a set is being evaluated, its entry has a place in the
 * stack; an entry that is done may still rest on the assumption that sets further down in the stack are empty: it then
 * names the lowest of them.
 */
export class Visited {
  #slots: Int32Array = new Int32Array(FIRST_CAPACITY * 2);
  #stamps: Int32Array = new Int32Array(FIRST_CAPACITY * 2);
  #stamp = 0;
  #members: Int32Array = new Int32Array(FIRST_CAPACITY);
  #objects: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** The place in the stack of what is under way, else `DONE`; -1 where what was found out does not hold any more. */
  places: Int32Array = new Int32Array(FIRST_CAPACITY);
  answers: Int32Array = new Int32Array(FIRST_CAPACITY);
  /** The lowest place in the stack that the answer rests on. */
  lowest: Int32Array = new Int32Array(FIRST_CAPACITY);
  count = 0;
  /** Entries whose answers rest on others that are under way, oldest first. */
  readonly #provisional: number[] = [];

  clear(): void {
    this.count = 0;
    this.#provisional.length = 0;
    if (this.#members.length > KEPT_ENTRIES) this.#shrink();
    if (++this.#stamp < DONE) return;
    this.#stamp = 1;
    this.#stamps.fill(0);
  }

  get provisional(): number {
    return this.#provisional.length;
  }

  /** The entry of a set, or -1. */
  find(member: number, object: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(member, object) & mask; this.#stamps[slot] === this.#stamp; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (this.#objects[entry] === object && this.#members[entry] === member) return entry;
    }
    return -1;
  }

  memberOf(entry: number): number {
    return this.#members[entry] as number;
  }

  objectOf(entry: number): number {
    return this.#objects[entry] as number;
  }

  /** A new entry, under way at a place in the stack. */
  begin(member: number, object: number, place: number): number {
    if (this.count === this.#members.length) this.#grow();
    const entry = this.count;
    this.count += 1;
    this.#members[entry] = member;
    this.#objects[entry] = object;
    this.places[entry] = place;
    this.#place(entry);
    return entry;
  }

  finish(entry: number, answer: Answer, lowest: number): void {
    this.places[entry] = DONE;
    this.answers[entry] = answer;
    this.lowest[entry] = lowest;
    if (lowest !== INDEPENDENT) this.#provisional.push(entry);
  }

  /** Those since the mark that rest on a place rest on what that place rests on, now that it is done. */
  lower(mark: number, place: number, lowest: number): void {
    for (let index = mark; index < this.#provisional.length; index += 1) {
      const entry = this.#provisional[index] as number;
      if ((this.lowest[entry] as number) >= place) this.lowest[entry] = lowest;
    }
  }

  /** Of those since the mark only the answers stand that the failed assumption could not have made otherwise. */
  drop(mark: number, keepsNo: boolean): void {
    while (this.#provisional.length > mark) {
      const entry = this.#provisional.pop() as number;
      const answer = this.answers[entry] as number;
      if (answer === YES || (keepsNo && answer === NO)) this.lowest[entry] = INDEPENDENT;
      else this.places[entry] = -1;
    }
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = hashOf(this.#members[entry] as number, this.#objects[entry] as number) & mask;
    while (this.#stamps[slot] === this.#stamp) slot = (slot + 1) & mask;
    this.#stamps[slot] = this.#stamp;
    this.#slots[slot] = entry;
  }

  #grow(): void {
    const capacity = this.#members.length * 2;
    this.#members = widened(this.#members, capacity);
    this.places = widened(this.places, capacity);
    this.answers = widened(this.answers, capacity);
    this.lowest = widened(this.lowest, capacity);
    const objects = new Uint32Array(capacity);
    objects.set(this.#objects);
    this.#objects = objects;
    this.#slots = new Int32Array(capacity * 2);
    this.#stamps = new Int32Array(capacity * 2);
    this.#stamp = 1;
    for (let entry = 0; entry < this.count; entry += 1) this.#place(entry);
  }

  #shrink(): void {
    this.#members = new Int32Array(FIRST_CAPACITY);
    this.#objects = new Uint32Array(FIRST_CAPACITY);
    this.places = new Int32Array(FIRST_CAPACITY);
    this.answers = new Int32Array(FIRST_CAPACITY);
    this.lowest = new Int32Array(FIRST_CAPACITY);
    this.#slots = new Int32Array(FIRST_CAPACITY * 2);
    this.#stamps = new Int32Array(FIRST_CAPACITY * 2);
    this.#stamp = 0;
  }
}

function widened(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(length);
  wide.set(array);
  return wide;
}

function hashOf(member: number, object: number): number {
  const hash = Math.imul(object, 0x9e3779b1) ^ Math.imul(member, 0x85ebca77);
  return (hash ^ (hash >>> 15)) >>> 0;
}
