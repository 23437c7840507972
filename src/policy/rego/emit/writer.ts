/** Emitted text under construction: lines, fresh names, and the table of constants that the text refers to. */

export class Writer {
  readonly constants: unknown[] = [];
  readonly #indexOf = new Map<unknown, number>();
  #lines: string[] = [];
  #names = 0;

  emit(line: string): void {
    this.#lines.push(line);
  }

  /** A name that was not given before. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** The name of a captured constant. */
  constant(value: unknown): string {
    let index = this.#indexOf.get(value);
    if (index === undefined) {
      index = this.constants.push(value) - 1;
      this.#indexOf.set(value, index);
    }
    return `k${index}`;
  }

  /** What was emitted since the last call. */
  take(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return text;
  }
}
