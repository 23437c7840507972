/** Emitted text under construction: lines, fresh names, and the table of constants that the text refers to. */

export class Writer {
  readonly constants: unknown[] = [];
  readonly #indexOf = new Map<unknown, number>();
  readonly #lines: string[] = [];
  #names = 0;

  emit(line: string): void {
    this.#lines.push(line);
  }

  /** A name that was not given before. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** A fresh name for the value of an expression. */
  let(expression: string): string {
    const name = this.name('t');
    this.emit(`const ${name} = ${expression};`);
    return name;
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

  /** A place in the text where names can be declared later. */
  slot(): number {
    return this.#lines.push('') - 1;
  }

  declareAt(slot: number, name: string): void {
    this.#lines[slot] += `let ${name};`;
  }

  text(): string {
    return this.#lines.join('\n');
  }
}
