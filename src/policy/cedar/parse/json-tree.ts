/** JSON text as a tree whose nodes know their places; of any depth, since chains of `&&` nest in Cedar's JSON form. */
import type { Span } from '../syntax.ts';
import { quote } from './quote.ts';

export type JsonMember = { readonly name: string; readonly nameSpan: Span; readonly value: JsonNode };

export type JsonNode = { readonly span: Span } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly elements: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  /** As it is written: no digit is lost. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
);

export type JsonProblem = { readonly message: string; readonly span: Span };

/** The tree, or the first place where the text is not JSON (RFC 8259), or an object has two members of one name. */
export function readJsonTree(text: string): JsonNode | JsonProblem {
  const reader = new JsonReader(text);
  const root = reader.read();
  return reader.problem ?? root;
}

export function isJsonProblem(node: JsonNode | JsonProblem): node is JsonProblem {
  return 'message' in node;
}

/** What is begun and not ended, innermost last. */
type Open =
  | { readonly kind: 'array'; readonly start: number; readonly elements: JsonNode[] }
  | { readonly kind: 'object'; readonly start: number; readonly members: JsonMember[]; member: MemberName };

type MemberName = { readonly name: string; readonly nameSpan: Span };

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u;
const NO_NAME: MemberName = { name: '', nameSpan: { start: 0, end: 0 } };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class JsonReader {
  readonly #text: string;
  #at = 0;
  /** Once set, the reader comes to its end as fast as it can. */
  problem: JsonProblem | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    const open: Open[] = [];
    for (;;) {
      // Undefined when something was begun: then a value is due again.
      let done = this.#begin(open);
      while (done !== undefined) {
        if (this.problem !== undefined) return done;
        const around = open.at(-1);
        if (around === undefined) return this.#end(done);
        if (around.kind === 'array') around.elements.push(done);
        else around.members.push({ name: around.member.name, nameSpan: around.member.nameSpan, value: done });
        done = this.#continue(around, open);
      }
    }
  }

  /** A scalar, an empty array or object; otherwise undefined, with one more open. */
  #begin(open: Open[]): JsonNode | undefined {
    const start = this.#skipSpace();
    const character = this.#text[start];
    if (character !== '{' && character !== '[') return this.#scalar();
    this.#at += 1;
    const begun: Open =
      character === '['
        ? { kind: 'array', start, elements: [] }
        : { kind: 'object', start, members: [], member: NO_NAME };
    if (this.#accept(character === '[' ? ']' : '}')) return this.#close(begun);
    if (begun.kind === 'object') begun.member = this.#name();
    if (this.problem !== undefined) return this.#nothing();
    open.push(begun);
    return undefined;
  }

  /** After an element: what it completes, or undefined when another one is due. */
  #continue(around: Open, open: Open[]): JsonNode | undefined {
    if (this.#accept(',')) {
      if (around.kind === 'object') around.member = this.#name();
      return this.problem === undefined ? undefined : this.#nothing();
    }
    const closing = around.kind === 'array' ? ']' : '}';
    if (!this.#accept(closing)) return this.#unexpected(`\`,\` or \`${closing}\``);
    open.pop();
    return this.#close(around);
  }

  #close(closed: Open): JsonNode {
    const span = { start: closed.start, end: this.#at };
    if (closed.kind === 'array') return { span, kind: 'array', elements: closed.elements };
    const twice = duplicateOf(closed.members);
    if (twice !== undefined) this.#fail(`the name ${quote(twice.name)} stands twice in this object`, twice.nameSpan);
    return { span, kind: 'object', members: closed.members };
  }

  #end(root: JsonNode): JsonNode {
    return this.#skipSpace() === this.#text.length ? root : this.#unexpected('the end of the text');
  }

  #name(): MemberName {
    const start = this.#skipSpace();
    if (this.#text.charCodeAt(start) !== QUOTE) {
      this.#unexpected('a name in double quotes');
      return NO_NAME;
    }
    const { value: name } = this.#string();
    const nameSpan = { start, end: this.#at };
    if (!this.#accept(':')) this.#unexpected('`:`');
    return { name, nameSpan };
  }

  #scalar(): JsonNode {
    const start = this.#at;
    if (this.#text.charCodeAt(start) === QUOTE) return this.#string();
    let end = start;
    while (isOfWord(this.#text.charCodeAt(end))) end += 1;
    const text = this.#text.slice(start, end);
    const span = { start, end };
    this.#at = end;
    if (text === 'true' || text === 'false') return { span, kind: 'boolean', value: text === 'true' };
    if (text === 'null') return { span, kind: 'null' };
    if (NUMBER.test(text)) return { span, kind: 'number', text };
    this.#at = start;
    return this.#unexpected('a JSON value');
  }

  #string(): JsonNode & { readonly kind: 'string' } {
    const start = this.#at;
    let end = start + 1;
    // Most strings are what stands between their quotes.
    let plain = true;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(end)) {
      plain &&= code >= 0x20 && code !== BACKSLASH;
      end += code === BACKSLASH ? 2 : 1;
      if (end >= this.#text.length) break;
    }
    plain &&= end < this.#text.length;
    end = Math.min(end + 1, this.#text.length);
    const span = { start, end };
    this.#at = end;
    const value = plain ? this.#text.slice(start + 1, end - 1) : parseString(this.#text.slice(start, end));
    if (value !== undefined) return { span, kind: 'string', value };
    this.#fail(
      `${quote(this.#text.slice(start, end))} is not a string as JSON writes it, well formed and closed`,
      span,
    );
    return { span, kind: 'string', value: '' };
  }

  #skipSpace(): number {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#at;
  }

  #accept(character: ',' | ':' | ']' | '}'): boolean {
    if (this.#text[this.#skipSpace()] !== character) return false;
    this.#at += 1;
    return true;
  }

  #unexpected(wanted: string): JsonNode {
    const start = this.#at;
    const character = String.fromCodePoint(this.#text.codePointAt(start) ?? 0);
    const isEnd = start >= this.#text.length;
    const found = isEnd ? 'the end of the text' : quote(character);
    this.#fail(`expected ${wanted}, found ${found}`, { start, end: isEnd ? start : start + character.length });
    return this.#nothing();
  }

  #fail(message: string, span: Span): void {
    this.problem ??= { message, span };
  }

  #nothing(): JsonNode {
    return { span: { start: this.#at, end: this.#at }, kind: 'null' };
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Whether it can be of a number, or of `true`, `false` and `null`. */
function isOfWord(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x61 && code <= 0x7a) || code === 0x45;
  return isDigit || isLetter || code === 0x2b || code === 0x2d || code === 0x2e;
}

/** The second member of a name that two members have. */
function duplicateOf(members: readonly JsonMember[]): JsonMember | undefined {
  if (members.length < 2) return undefined;
  const names = new Set<string>();
  return members.find(({ name }) => names.size === names.add(name).size);
}

/** Undefined for what JSON does not allow, and for half a surrogate pair, which no string of Cedar's may have. */
function parseString(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' && value.isWellFormed() ? value : undefined;
  } catch {
    return undefined;
  }
}
