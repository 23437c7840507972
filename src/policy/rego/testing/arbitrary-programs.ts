/**
 * Random programs that mean something: rules of every kind that refer to rules before them, bodies that read what input
 * and data have, and equations, loops and comprehensions over it. As text, because OPA is asked as well.
 */
import type { Arbitrary } from 'fast-check';

import { compileRego } from '../compile.ts';
import { arbitraryFrom, type Choices } from './choices.ts';

export type ArbitraryProgram = {
  /** Of the package `NAME`, which stands for a name that the test gives. */
  readonly text: string;
  readonly rules: readonly ArbitraryRule[];
  readonly input: Json;
  readonly data: { readonly [key: string]: Json };
};

export type ArbitraryRule = {
  readonly name: string;
  readonly isFunction: boolean;
  /** Fails by itself only: it neither calls functions or reads rules, nor has an object comprehension. */
  readonly isAlone: boolean;
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What stands for the package's own name in texts. */
export const PACKAGE = 'NAME';

const SCALARS = ['1', '"a"', '2', '"b"', 'true', '0', 'false', 'null', '"ab"', '-1', '1.5', '""'] as const;
const KEYS = ['a', 'b', 'c'] as const;

/** Many of them are refused because of their types. */
export const arbitraryProgram: Arbitrary<ArbitraryProgram> = arbitraryFrom((choices) => programFrom(choices));

/** What is refused is written anew, rule by rule. */
export const acceptedProgram: Arbitrary<ArbitraryProgram> = arbitraryFrom((choices) =>
  programFrom(choices, (text) => compileRego({ modules: [{ file: 'program.rego', text }] }).ok),
);

const TRIES = 4;

function programFrom(choices: Choices, isAccepted?: (text: string) => boolean): ArbitraryProgram {
  const input = document(choices);
  const data = { base: document(choices), more: { a: json(choices, 1), b: json(choices, 1) } };
  const writer = new ProgramWriter(choices);
  let text = `package ${PACKAGE}\n`;
  for (let rules = 1 + choices.below(5); rules > 0; rules -= 1) {
    for (let tries = TRIES; tries > 0; tries -= 1) {
      const longer = `${text}\n${writer.rule()}`;
      if (isAccepted === undefined || isAccepted(longer)) {
        text = longer;
        break;
      }
      writer.rules.pop();
    }
  }
  return { text, rules: writer.rules, input, data };
}

/** Has the paths that programs read, more often than not with what they look for. */
function document(choices: Choices): Json {
  return {
    user: choices.pick<Json>('a', 'b', 'ab', 1, null),
    xs: choices.list<Json>(0, 4, () => choices.pick<Json>(1, 2, 0, 'a', 3)),
    o: Object.fromEntries(choices.list(0, 3, (index) => [KEYS[index] as string, json(choices, 2)])),
    ...(choices.below(3) === 0 ? {} : { a: json(choices, 2) }),
    ...(choices.below(3) === 0 ? {} : { b: json(choices, 2) }),
  };
}

function json(choices: Choices, depth: number): Json {
  const scalar = (): Json => JSON.parse(choices.pick(...SCALARS)) as Json;
  if (depth === 0) return scalar();
  return choices.make<Json>(
    scalar,
    () => choices.list(0, 3, () => json(choices, depth - 1)),
    () => Object.fromEntries(choices.list(0, 3, (index) => [KEYS[index] as string, json(choices, depth - 1)])),
  );
}

class ProgramWriter {
  readonly rules: ArbitraryRule[] = [];
  readonly #choices: Choices;
  /** Variables that have a value where the text stands. */
  #scope: string[] = [];
  #variables = 0;
  #isAlone = true;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  rule(): string {
    const name = `r${this.rules.length}`;
    const isFunction = this.#choices.below(4) === 3;
    this.#isAlone = true;
    const text = isFunction ? this.#function(name) : this.#document(name);
    this.rules.push({ name, isFunction, isAlone: this.#isAlone });
    return text;
  }

  #document(name: string): string {
    const definitions = (make: () => string): string => this.#choices.list(1, 3, make).join('');
    return this.#choices.make(
      () => definitions(() => `${name} if ${this.#block()}\n`),
      () => this.#default(`default ${name} := ${this.#scalar()}\n`) + definitions(() => this.#valued(name, ':=')),
      () => this.#default(`default ${name} := false\n`) + this.#indexed(name),
      () => definitions(() => this.#headed((body) => `${name} contains ${this.#term(1)} if ${body}\n`)),
      () => definitions(() => this.#headed((body) => `${name}[${this.#term(0)}] := ${this.#term(1)} if ${body}\n`)),
      () => definitions(() => this.#headed((body) => `${name}[${this.#key()}] contains ${this.#term(1)} if ${body}\n`)),
      () =>
        definitions(() =>
          this.#headed((body) => `${name}.a[${this.#key()}][${this.#term(0)}] := ${this.#term(0)} if ${body}\n`),
        ),
    );
  }

  #key(): string {
    return this.#choices.pick('"a"', '"b"', '"c"');
  }

  #default(text: string): string {
    return this.#choices.below(2) === 0 ? '' : text;
  }

  /** With alternatives now and then; each sees its own variables only. */
  #valued(head: string, assign: string): string {
    const scope = [...this.#scope];
    const branch = (): string => {
      this.#scope = [...scope];
      const body = this.#lines();
      return `${assign} ${this.#term(1)} if {\n${body}}`;
    };
    const first = branch();
    const more = this.#choices.below(3) === 2 ? this.#choices.list(1, 2, branch) : [];
    this.#scope = scope;
    return `${head} ${[first, ...more].join(' else ')}\n`;
  }

  /** The head, whose variables the body binds, is written when the body is. */
  #headed(write: (body: string) => string): string {
    const scope = this.#scope;
    this.#scope = [...scope];
    const text = write(`{\n${this.#lines()}}`);
    this.#scope = scope;
    return text;
  }

  /** Many definitions that hang on what one or two references are: what a rule index is for. */
  #indexed(name: string): string {
    const reference = this.#choices.pick('input.user', 'input.a', 'input.o.a', 'data.base.user', 'input.xs[0]');
    const value = this.#choices.pick<() => string>(
      () => 'true',
      () => this.#scalar(),
    );
    const condition = (): string =>
      this.#choices.make(
        () => `${reference} == ${this.#scalar()}`,
        () => `${this.#scalar()} = ${reference}`,
        () => `${reference} in {${this.#scalar()}, ${this.#scalar()}}`,
        () => `startswith(${reference}, ${this.#choices.pick('"a"', '"b"', '""')})`,
        () => `glob.match(${this.#choices.pick('"a*"', '"b"', '"*"')}, [], ${reference})`,
        () => `not ${reference} == ${this.#scalar()}`,
        () => reference,
        () => `${reference} == [${this.#scalar()}]`,
      );
    const branch = (): string => {
      const rest = this.#choices.below(2) === 0 ? '' : this.#inner(() => this.#lines());
      return `:= ${value()} if {\n${condition()}\n${rest}${this.#choices.below(2) === 0 ? '' : `${condition()}\n`}}`;
    };
    return this.#choices
      .list(2, 6, () => `${name} ${[branch(), ...(this.#choices.below(4) === 3 ? [branch()] : [])].join(' else ')}\n`)
      .join('');
  }

  #function(name: string): string {
    const isDefault = this.#choices.below(3) === 2;
    const definitions = this.#choices.list(1, 3, () => {
      const before = this.#scope;
      const parameter = this.#choices.make(
        () => this.#bind(),
        () => this.#scalar(),
        () => `[${this.#bind()}, ${this.#scalar()}]`,
        () => `{"a": ${this.#bind()}}`,
      );
      const text = this.#valued(`${name}(${parameter})`, ':=');
      this.#scope = before;
      return text;
    });
    return `${isDefault ? `default ${name}(_) := ${this.#scalar()}\n` : ''}${definitions.join('')}`;
  }

  /** A new variable, which has a value from here on. */
  #bind(): string {
    const name = `v${this.#variables}`;
    this.#variables += 1;
    this.#scope = [...this.#scope, name];
    return name;
  }

  #inner<T>(write: () => T): T {
    const scope = this.#scope;
    const text = write();
    this.#scope = scope;
    return text;
  }

  #block(): string {
    return this.#inner(() => `{\n${this.#lines()}}`);
  }

  #lines(): string {
    return this.#choices.list(1, 3, () => `${this.#expression(2)}\n`).join('');
  }

  #expression(depth: number): string {
    const term = (): string => this.#term(Math.min(depth, 1));
    const simple = [
      () => this.#reference(),
      () => `${this.#reference()} == ${this.#scalar()}`,
      () => this.#after(term(), (text) => `${this.#bind()} := ${text}`),
      () => this.#after(this.#collection(), (text) => `some ${this.#bind()} in ${text}`),
      () => this.#after(this.#collection(), (text) => `some ${this.#bind()}, ${this.#bind()} in ${text}`),
      () => `${term()} ${this.#choices.pick('==', '!=', '<', '>=')} ${term()}`,
      () => this.#after(this.#reference(), (text) => `${this.#bind()} = ${text}[_]`),
      () => this.#after(this.#reference(), (text) => `${text}[${this.#bind()}] = ${this.#bind()}`),
      () => this.#after(this.#reference(), (text) => `${text}[${this.#bind()}] == ${this.#scalar()}`),
      () => `${term()} in ${this.#collection()}`,
      () => this.#after(this.#reference(), (text) => `[${this.#bind()}, ${this.#bind()}] = ${text}`),
      () => this.#after(this.#reference(), (text) => `{"a": ${this.#bind()}} = ${text}`),
      () => this.#after(term(), (text) => `[${this.#bind()}, ${this.#scalar()}] = [${this.#scalar()}, ${text}]`),
      () => this.#after(this.#reference(), (text) => `walk(${text}, [${this.#bind()}, ${this.#bind()}])`),
    ] as const;
    const nested = [
      () => `not ${this.#inner(() => this.#condition())}`,
      () => `every ${this.#every()}`,
      () => `${this.#inner(() => this.#condition())} ${this.#modifiers()}`,
      () => this.#modifiedBinding(),
    ] as const;
    return depth > 0 && this.#choices.below(4) === 3 ? this.#choices.make(...nested) : this.#choices.make(...simple);
  }

  /** What is read is written before what is bound is named. */
  #after(text: string, write: (text: string) => string): string {
    return write(text);
  }

  /** Binds nothing. */
  #condition(): string {
    return this.#choices.make(
      () => this.#reference(),
      () => `${this.#term(1)} == ${this.#term(1)}`,
      () => `${this.#reference()}[${this.#term(0)}] == ${this.#term(0)}`,
      () => `${this.#term(0)} in ${this.#collection()}`,
      () => `${this.#term(1)} < ${this.#term(1)}`,
    );
  }

  #modifiedBinding(): string {
    const text = this.#term(1);
    const modifiers = this.#modifiers();
    return `${this.#bind()} := ${text} ${modifiers}`;
  }

  #modifiers(): string {
    return this.#choices
      .list(1, 2, () => {
        const [target, value] = this.#choices.make<readonly [string, string]>(
          () => ['input.a', this.#scalar()],
          () => ['input', `{"user": ${this.#scalar()}, "xs": [${this.#scalar()}]}`],
          () => ['data.base.user', this.#scalar()],
          () => ['data.more', this.#term(0)],
          () => ['count', this.#scalar()],
          () => {
            const rule = this.#rule(false);
            return rule === undefined ? ['input.o', '{}'] : [`data.${PACKAGE}.${rule}`, this.#scalar()];
          },
          () => {
            const rule = this.#rule(true);
            return rule === undefined ? ['input.b', this.#scalar()] : ['count', rule];
          },
          () => {
            const rule = this.#rule(true);
            return rule === undefined ? ['data.base', '{}'] : [rule, this.#choices.pick('count', 'upper', '3')];
          },
        );
        return `with ${target} as ${value}`;
      })
      .join(' ');
  }

  #every(): string {
    const domain = this.#collection();
    return this.#inner(() => {
      const names = this.#choices.list(1, 2, () => this.#bind());
      const uses = `[${names.join(', ')}] ${this.#choices.pick('!=', '<')} ${this.#term(1)}\n`;
      return `${names.join(', ')} in ${domain} {\n${uses}${this.#choices.list(0, 1, () => `${this.#expression(0)}\n`).join('')}}`;
    });
  }

  #scalar(): string {
    return this.#choices.pick(...SCALARS);
  }

  #rule(isFunction: boolean): string | undefined {
    const rules = this.rules.filter((rule) => rule.isFunction === isFunction);
    const rule = rules[this.#choices.below(Math.max(1, rules.length))];
    if (rule !== undefined) this.#isAlone = false;
    return rule?.name;
  }

  #reference(): string {
    return this.#choices.make(
      () => this.#choices.pick('input.user', 'input.a', 'input.xs', 'input.o', 'input.b', 'input'),
      () => this.#choices.pick('data.base.xs', 'data.base.o', 'data.more', 'data.more.a', 'data.base.user'),
      () => this.#rule(false) ?? 'input.o.a',
      () => {
        const rule = this.#rule(false);
        return rule === undefined ? 'input.xs[0]' : `${rule}${this.#choices.pick('.a', '[1]', '["b"]', '[0]')}`;
      },
      () => `input.o[${this.#term(0)}]`,
      () => `data.base[${this.#choices.pick('"xs"', '"o"', 'input.user')}]`,
    );
  }

  #collection(): string {
    return this.#choices.make(
      () => this.#choices.pick('input.xs', 'input.o', 'data.base.xs', 'input.a'),
      () => this.#reference(),
      () => `[${this.#choices.list(0, 3, () => this.#term(0)).join(', ')}]`,
      () => `{${this.#choices.list(1, 3, () => this.#term(0)).join(', ')}}`,
      () => this.#comprehension(),
    );
  }

  #comprehension(): string {
    const [open, close] = this.#choices.pick(['[', ']'] as const, ['{', '}'] as const, ['{', ':}'] as const);
    if (close === ':}') this.#isAlone = false;
    return this.#inner(() => {
      const body = this.#choices.list(1, 2, () => this.#expression(1)).join('; ');
      const element = this.#term(0);
      return close === ':}' ? `{${element}: ${this.#term(0)} | ${body}}` : `${open}${element} | ${body}${close}`;
    });
  }

  #term(depth: number): string {
    const variable = (): string => {
      const name = this.#scope[this.#choices.below(Math.max(1, this.#scope.length))];
      return name ?? this.#scalar();
    };
    if (depth === 0)
      return this.#choices.make(
        variable,
        () => this.#scalar(),
        variable,
        () => this.#reference(),
      );
    const inner = (): string => this.#term(depth - 1);
    return this.#choices.make(
      variable,
      () => this.#scalar(),
      () => this.#reference(),
      () => `[${this.#choices.list(0, 3, inner).join(', ')}]`,
      () => `{"a": ${inner()}, ${this.#scalar()}: ${inner()}}`,
      () => `{${this.#choices.list(1, 3, inner).join(', ')}}`,
      () => this.#comprehension(),
      () => `${this.#choices.pick('count', 'sum', 'max', 'to_number', 'upper', 'sort', 'type_name')}(${inner()})`,
      () => `object.get(${inner()}, ${inner()}, ${this.#scalar()})`,
      () => `${this.#arithmetic()} ${this.#choices.pick('+', '-', '*', '/')} ${this.#arithmetic()}`,
      () => `$"{${this.#reference()}}-{count(${this.#collection()})}"`,
      () => {
        const rule = this.#rule(true);
        return rule === undefined ? variable() : `${rule}(${inner()})`;
      },
    );
  }

  #arithmetic(): string {
    return this.#choices.make(
      () => this.#choices.pick('1', '2', '0', '0.1'),
      () => `count(${this.#collection()})`,
      () => this.#reference(),
    );
  }
}
