/** JSON text to values as Cedar reads it: no integer loses a digit, no name stands twice in an object. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { MAX_EXPRESSION_DEPTH, MAX_SOURCE_LENGTH } from '../limits.ts';
import { longOf } from '../long.ts';
import { shown } from './value-problem.ts';

/** Values of the depth that is allowed, and what stands around them in a file of entities. */
const MAX_DEPTH: number = MAX_EXPRESSION_DEPTH + 8;

/** An i64 has at most 19 digits and a sign; whoever writes more needs no number made of it to be refused. */
const MAX_INTEGER_LENGTH = 20;

/**
 * The values of a JSON text, with bigints for integers that a number of JavaScript does not hold. Refuses what Cedar
 * refuses in data: duplicate names, numbers with a fraction or an exponent, `-0`, integers beyond 64 bits, lone
 * surrogates. `file` is how the place of a problem names the text.
 */
export function parseCedarJson(text: string, file = 'json'): Result<unknown> {
  if (text.length > MAX_SOURCE_LENGTH) {
    const message = `\`${file}\` has ${text.length} characters, and ${MAX_SOURCE_LENGTH} are the most`;
    return err({ code: 'cedar/too-long', message });
  }
  const reader = new JsonReader(text);
  const value = reader.whole();
  return value === FAILED ? err(reader.problem(file)) : ok(value);
}

const FAILED: unique symbol = Symbol('failed');

/** One pass over one text; the first problem ends it. */
class JsonReader {
  readonly #text: string;
  #position = 0;
  #code = '';
  #message = '';

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value(0);
    if (value === FAILED) return FAILED;
    this.#skipSpace();
    return this.#position === this.#text.length ? value : this.#unexpected('the end');
  }

  problem(file: string): Problem {
    const before = this.#text.slice(0, this.#position).split('\n');
    const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
    const at = { file, line, column, endLine: line, endColumn: column + 1 };
    return { code: this.#code, message: this.#message, at };
  }

  #value(depth: number): unknown {
    this.#skipSpace();
    switch (this.#text[this.#position]) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case undefined:
        return this.#unexpected('a value');
    }
    return this.#number();
  }

  #object(depth: number): unknown {
    if (depth > MAX_DEPTH) return this.#fail('cedar/too-deep', `nested deeper than ${MAX_DEPTH} levels`);
    const object: { [name: string]: unknown } = {};
    this.#position += 1;
    if (this.#closes('}')) return object;
    for (;;) {
      this.#skipSpace();
      const start = this.#position;
      const name = this.#text[start] === '"' ? this.#string() : this.#unexpected('a name in double quotes');
      if (typeof name !== 'string') return FAILED;
      if (Object.hasOwn(object, name)) {
        this.#position = start;
        return this.#fail('cedar/duplicate-name', `the name ${shown(name)} stands twice in this object`);
      }
      this.#skipSpace();
      if (this.#text[this.#position] !== ':') return this.#unexpected('`:`');
      this.#position += 1;
      const value = this.#value(depth);
      if (value === FAILED) return FAILED;
      setOwn(object, name, value);
      if (this.#closes('}')) return object;
      if (this.#text[this.#position] !== ',') return this.#unexpected('`,` or `}`');
      this.#position += 1;
    }
  }

  #array(depth: number): unknown {
    if (depth > MAX_DEPTH) return this.#fail('cedar/too-deep', `nested deeper than ${MAX_DEPTH} levels`);
    const array: unknown[] = [];
    this.#position += 1;
    if (this.#closes(']')) return array;
    for (;;) {
      const value = this.#value(depth);
      if (value === FAILED) return FAILED;
      array.push(value);
      if (this.#closes(']')) return array;
      if (this.#text[this.#position] !== ',') return this.#unexpected('`,` or `]`');
      this.#position += 1;
    }
  }

  #string(): unknown {
    const start = this.#position;
    this.#position += 1;
    for (;;) {
      this.#skipPlainText();
      const stop = this.#text[this.#position];
      if (stop === '"') break;
      if (stop !== '\\') return this.#unexpected('the rest of a text in double quotes');
      // Whatever is escaped does not end the text; whether it is an escape is said below.
      this.#position += 2;
    }
    this.#position += 1;
    const value = unescaped(this.#text.slice(start, this.#position));
    if (value !== undefined && value.isWellFormed()) return value;
    this.#position = start;
    const what = value === undefined ? 'an escape that JSON does not have' : 'half a surrogate pair';
    return this.#fail('cedar/bad-text', `a text with ${what}`);
  }

  #number(): unknown {
    const start = this.#position;
    let end = start;
    while (isOfNumber(this.#text.charCodeAt(end))) end += 1;
    const digits = this.#text.slice(start, end);
    if (/^(?:-?[1-9][0-9]*|0)$/u.test(digits)) {
      const long = digits.length > MAX_INTEGER_LENGTH ? undefined : longOf(BigInt(digits));
      if (long === undefined) return this.#fail('cedar/overflow', `\`${digits.slice(0, 64)}\` does not fit 64 bits`);
      this.#position = end;
      return long;
    }
    if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u.test(digits)) return this.#unexpected('a value');
    return this.#fail(
      'cedar/not-an-integer',
      `\`${digits.slice(0, 64)}\` is no integer, and numbers of Cedar are whole`,
    );
  }

  #word(word: string, value: boolean | null): unknown {
    if (!this.#text.startsWith(word, this.#position)) return this.#unexpected('a value');
    this.#position += word.length;
    return value;
  }

  #closes(bracket: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#position] !== bracket) return false;
    this.#position += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#position += 1;
    }
  }

  /** Up to a double quote, a backslash, a control character, or the end, whose code is not a number. */
  #skipPlainText(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code === 0x22 || code === 0x5c || !(code >= 0x20)) return;
      this.#position += 1;
    }
  }

  #unexpected(wanted: string): typeof FAILED {
    const found = this.#text.codePointAt(this.#position);
    const what = found === undefined ? 'the end of the text' : shown(String.fromCodePoint(found));
    return this.#fail('cedar/bad-json', `expected ${wanted}, and found ${what}`);
  }

  #fail(code: string, message: string): typeof FAILED {
    [this.#code, this.#message] = [code, message];
    return FAILED;
  }
}

/** Digits, signs, the point and the exponent's letter. */
function isOfNumber(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x2b || (code | 0x20) === 0x65;
}

function unescaped(literal: string): string | undefined {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** `__proto__` is a name like any other, where assignment would set the prototype. */
function setOwn(object: { [name: string]: unknown }, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
