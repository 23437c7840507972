/** Patterns and sources of a program in the words of Rego again, near enough to what was written to be recognised. */
import type { Expression, Local, Pattern, Reference, Source } from '../program.ts';
import { toText } from '../values/text.ts';

const NAME = /^[A-Za-z_]\w*$/u;

const INFIX: ReadonlyMap<string, string> = new Map([
  ['plus', '+'],
  ['minus', '-'],
  ['mul', '*'],
  ['div', '/'],
  ['rem', '%'],
  ['and', '&'],
  ['or', '|'],
  ['eq', '='],
  ['equal', '=='],
  ['neq', '!='],
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
  ['internal.member_2', 'in'],
]);

export class SourceWriter {
  readonly #names: ReadonlyMap<number, string>;
  /** Where locals of ours got their values. */
  readonly #from: ReadonlyMap<number, Source>;
  /** Paths below it are written without it. */
  readonly #package: readonly string[];

  constructor(names: ReadonlyMap<number, string>, parts: readonly Expression[], package_: readonly string[]) {
    this.#names = names;
    this.#from = new Map(
      parts.flatMap((part) =>
        part.kind === 'unify' && part.pattern.kind === 'local' && !names.has(part.pattern.id)
          ? [[part.pattern.id, part.source] as const]
          : [],
      ),
    );
    this.#package = package_;
  }

  source(source: Source): string {
    switch (source.kind) {
      case 'pattern':
        return this.pattern(source.pattern);
      case 'reference':
        return this.reference(source);
      case 'builtin':
        return this.#call(source.name, source.arguments);
      case 'function':
        return this.#call(this.#rulePath(source.path), source.arguments);
      case 'arrayComprehension':
        return '[…]';
      case 'setComprehension':
      case 'objectComprehension':
        return '{…}';
      case 'template':
        return '$"…"';
    }
  }

  #call(name: string, given: readonly Pattern[]): string {
    const operator = INFIX.get(name);
    const operands = given.map((each) => this.pattern(each));
    if (operator !== undefined && operands.length === 2) return operands.join(` ${operator} `);
    return `${name}(${operands.join(', ')})`;
  }

  reference({ root, path }: Reference): string {
    if (root.kind !== 'data') return (root.kind === 'input' ? 'input' : this.#local(root)) + this.#path(path);
    const names = path.map((part) => (part.kind === 'constant' ? part.value : undefined));
    const isOwn = this.#package.length > 0 && this.#package.every((part, depth) => names[depth] === part);
    const [first, ...rest] = path.slice(this.#package.length);
    if (!isOwn || first?.kind !== 'constant' || typeof first.value !== 'string') return `data${this.#path(path)}`;
    return first.value + this.#path(rest);
  }

  #rulePath(path: readonly string[]): string {
    const parts = path.map((value) => ({ kind: 'constant', value }) as const);
    return this.reference({ kind: 'reference', root: { kind: 'data' }, path: parts });
  }

  #path(path: readonly Pattern[]): string {
    return path
      .map((part) => {
        const isName = part.kind === 'constant' && typeof part.value === 'string' && NAME.test(part.value);
        return isName ? `.${part.value}` : `[${this.pattern(part)}]`;
      })
      .join('');
  }

  pattern(pattern: Pattern): string {
    switch (pattern.kind) {
      case 'constant':
        return toText(pattern.value);
      case 'local':
        return this.#local(pattern);
      case 'array':
        return `[${pattern.elements.map((each) => this.pattern(each)).join(', ')}]`;
      case 'set':
        return `{${pattern.elements.map((each) => this.pattern(each)).join(', ')}}`;
      case 'object':
        return `{${pattern.entries.map(({ key, value }) => `${this.pattern(key)}: ${this.pattern(value)}`).join(', ')}}`;
    }
  }

  #local({ id }: Local): string {
    const name = this.#names.get(id);
    if (name !== undefined) return name;
    const source = this.#from.get(id);
    return source === undefined ? '_' : this.source(source);
  }
}
