/** Chance as a list of numbers: what is drawn from it shrinks as the list does, towards the first of all choices. */
import fc, { type Arbitrary } from 'fast-check';

export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** From 0 to below `count`; 0 when nothing is left, so that what grows comes to an end. */
  below(count: number): number {
    const number = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return number % count;
  }

  pick<T>(...from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] as T;
  }

  /** One of the things, each made only when it is chosen; the first is the simplest. */
  make<T>(...from: readonly [() => T, ...(() => T)[]]): T {
    return (from[this.below(from.length)] as () => T)();
  }

  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, index) => make(index));
  }
}

export function arbitraryFrom<T>(make: (choices: Choices) => T): Arbitrary<T> {
  const numbers = fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 600, size: 'max' });
  return numbers.map((each) => make(new Choices(each)));
}
