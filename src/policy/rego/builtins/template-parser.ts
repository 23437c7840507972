/** Templates from their text, with the complaints of Go. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { lexTemplate, type Piece, type Token } from './template-lexer.ts';
import type { Operand, Pipe, Template, TemplateNode } from './template-syntax.ts';

/** `{{if}}` in `{{if}}`, and parentheses in each other: deeper is an attack on whoever recurses. */
const MAX_DEPTH = 200;

/** What a parse stops with; caught in `parseTemplate`, so that no function in between has to look. */
class Complaint extends Error {}

export function parseTemplate(text: string, functions: ReadonlySet<string>): Result<Template, string> {
  const pieces = lexTemplate(text);
  if (!pieces.ok) return pieces;
  try {
    return ok(new Parser(pieces.value, functions).parse());
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    return err(error.message);
  }
}

type Ending = 'end' | 'else' | 'eof';

class Parser {
  readonly #pieces: readonly Piece[];
  readonly #functions: ReadonlySet<string>;
  readonly #named = new Map<string, readonly TemplateNode[]>();
  #at = 0;
  #depth = 0;
  #loops = 0;
  #variables: string[] = ['$'];

  constructor(pieces: readonly Piece[], functions: ReadonlySet<string>) {
    this.#pieces = pieces;
    this.#functions = functions;
  }

  parse(): Template {
    const { nodes, ending } = this.#parseList();
    if (ending !== 'eof') throw this.#complaint(`unexpected {{${ending}}}`);
    return { main: nodes, named: this.#named };
  }

  #complaint(message: string): Complaint {
    return new Complaint(`template: template:${this.#pieces[this.#at - 1]?.line ?? 1}: ${message}`);
  }

  /** Up to `{{end}}` or `{{else}}`, whose rest `tokens` gives. */
  #parseList(): { readonly nodes: TemplateNode[]; readonly ending: Ending; readonly tokens: readonly Token[] } {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#complaint('max expression depth exceeded');
    const nodes: TemplateNode[] = [];
    for (let piece = this.#pieces[this.#at]; piece !== undefined; piece = this.#pieces[this.#at]) {
      this.#at += 1;
      if (piece.text !== undefined) {
        nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const tokens = piece.tokens ?? [];
      const [first] = tokens;
      const word = first?.kind === 'word' ? first.text : '';
      if (word === 'end' || word === 'else') {
        this.#depth -= 1;
        return { nodes, ending: word, tokens: tokens.slice(2) };
      }
      const node = this.#parseAction(word, tokens);
      if (node !== undefined) nodes.push(node);
    }
    this.#depth -= 1;
    return { nodes, ending: 'eof', tokens: [] };
  }

  #parseAction(word: string, tokens: readonly Token[]): TemplateNode | undefined {
    const rest = tokens.slice(2);
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return this.#parseControl(word, rest);
      case 'template':
        return this.#parseCall(rest);
      case 'define':
        if (this.#depth > 1) throw this.#complaint('unexpected <define> in command');
        this.#define(this.#nameOf(rest, 'define'), 'define');
        return undefined;
      case 'block': {
        const name = this.#nameOf(rest.slice(0, 1), 'block');
        const pipe = this.#parsePipe(rest.slice(2), 'block clause');
        this.#define(name, 'block');
        return { kind: 'template', name, pipe };
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw this.#complaint(`{{${word}}} outside {{range}}`);
        return { kind: word };
      default:
        return { kind: 'action', pipe: this.#parsePipe(tokens, 'command') };
    }
  }

  #define(name: string, kind: 'define' | 'block'): void {
    const { body } = this.#parseBody(kind);
    if (this.#named.has(name)) throw this.#complaint(`template: multiple definition of template "${name}"`);
    this.#named.set(name, body);
  }

  #parseControl(kind: 'if' | 'with' | 'range', tokens: readonly Token[]): TemplateNode {
    const before = this.#variables.length;
    const pipe = this.#parsePipe(tokens, kind);
    if (kind === 'range') this.#loops += 1;
    const { body, otherwise } = this.#parseBody(kind);
    if (kind === 'range') this.#loops -= 1;
    this.#variables = this.#variables.slice(0, before);
    return { kind, pipe, body, otherwise };
  }

  #parseBody(kind: string): { readonly body: readonly TemplateNode[]; readonly otherwise: readonly TemplateNode[] } {
    const isDefinition = kind === 'define' || kind === 'block';
    const outer = this.#variables;
    if (isDefinition) this.#variables = ['$'];
    else this.#variables = [...outer];
    const found = this.#parseBranches(kind, isDefinition);
    this.#variables = outer;
    return found;
  }

  /** What the first branch declares the second may name. */
  #parseBranches(
    kind: string,
    isDefinition: boolean,
  ): { readonly body: readonly TemplateNode[]; readonly otherwise: readonly TemplateNode[] } {
    const first = this.#parseList();
    if (first.ending === 'eof') throw this.#complaint('unexpected EOF');
    if (first.ending === 'end') return { body: first.nodes, otherwise: [] };
    if (isDefinition) throw this.#complaint(`unexpected {{else}} in ${kind} clause`);
    const [next] = first.tokens;
    if (next?.kind === 'word' && next.text === kind && kind !== 'range') {
      return { body: first.nodes, otherwise: [this.#parseControl(kind as 'if' | 'with', first.tokens.slice(2))] };
    }
    if (next !== undefined) throw this.#complaint(`unexpected <${next.text}> in else`);
    const second = this.#parseList();
    if (second.ending !== 'end') throw this.#complaint(`expected end; found {{${second.ending}}}`);
    return { body: first.nodes, otherwise: second.nodes };
  }

  #nameOf(tokens: readonly Token[], context: string): string {
    const [name] = tokens;
    if (name === undefined || (name.kind !== 'string' && name.kind !== 'raw')) {
      throw this.#complaint(`unexpected "${name?.text ?? '}}'}" in ${context} clause`);
    }
    return this.#unquote(name);
  }

  #parseCall(tokens: readonly Token[]): TemplateNode {
    const name = this.#nameOf(tokens, 'template');
    const rest = tokens.slice(2);
    return { kind: 'template', name, pipe: rest.length === 0 ? undefined : this.#parsePipe(rest, 'template clause') };
  }

  #parsePipe(tokens: readonly Token[], context: string): Pipe {
    const { names, declares, rest } = this.#parseNames(tokens, context);
    const commands = splitAt(rest, '|').map((part) => this.#parseCommand(part, context));
    if (commands.length === 1 && commands[0]?.length === 0) throw this.#complaint(`missing value for ${context}`);
    const wrong = commands
      .slice(1)
      .find(([first]) => first?.kind !== 'function' && first?.kind !== 'value' && first?.kind !== 'nested');
    if (wrong !== undefined) throw this.#complaint(`non executable command in pipeline stage 2`);
    if (declares) this.#variables.push(...names);
    return { names, declares, commands };
  }

  /** `$i, $x :=` or `$x =`, where there is one. */
  #parseNames(
    tokens: readonly Token[],
    context: string,
  ): { readonly names: readonly string[]; readonly declares: boolean; readonly rest: readonly Token[] } {
    const sign = tokens.findIndex(({ kind, text }) => kind === 'mark' && (text === ':=' || text === '='));
    if (sign < 0 || tokens[0]?.kind !== 'variable') return { names: [], declares: false, rest: tokens };
    const before = tokens.slice(0, sign).filter(({ kind }) => kind !== 'space');
    const names = before.filter(({ kind }) => kind === 'variable').map(({ text }) => text);
    const declares = tokens[sign]?.text === ':=';
    if (names.length > (context === 'range' ? 2 : 1)) throw this.#complaint(`too many declarations in ${context}`);
    if (!declares) for (const name of names) this.#known(name);
    return { names, declares, rest: tokens.slice(sign + 1) };
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) throw this.#complaint(`undefined variable "${name}"`);
  }

  #parseCommand(tokens: readonly Token[], context: string): readonly Operand[] {
    const operands: Operand[] = [];
    for (const group of groups(tokens)) {
      const operand = this.#parseOperand(group, context);
      operands.push(operand);
    }
    return operands;
  }

  /** Tokens without spaces between them: one value and the fields below it. */
  #parseOperand(tokens: readonly Token[], context: string): Operand {
    const [first] = tokens;
    if (first === undefined) throw this.#complaint(`missing value for ${context}`);
    if (first.kind === 'mark' && first.text === '(') return this.#parseNested(tokens, context);
    const fields = tokens.slice(first.kind === 'field' ? 0 : 1);
    const names = fields.map(({ text }) => text.slice(1));
    const wrong = fields.find(({ kind }) => kind !== 'field');
    if (wrong !== undefined) throw this.#complaint(`unexpected "${wrong.text}" in operand`);
    if (first.kind === 'field' || (first.kind === 'dot' && names.length === 0)) {
      return { kind: 'value', variable: undefined, fields: names };
    }
    if (first.kind === 'variable') {
      this.#known(first.text);
      return { kind: 'value', variable: first.text, fields: names };
    }
    if (names.length > 0) throw this.#complaint(`unexpected <${fields[0]?.text ?? ''}> in operand`);
    return this.#parseLiteral(first, context);
  }

  #parseNested(tokens: readonly Token[], context: string): Operand {
    const close = closing(tokens);
    if (close < 0) throw this.#complaint('unclosed left paren');
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#complaint('max expression depth exceeded');
    const pipe = this.#parsePipe(trim(tokens.slice(1, close)), `parenthesized pipeline`);
    this.#depth -= 1;
    const fields = tokens.slice(close + 1);
    const wrong = fields.find(({ kind }) => kind !== 'field');
    if (wrong !== undefined) throw this.#complaint(`unexpected "${wrong.text}" in ${context}`);
    return { kind: 'nested', pipe, fields: fields.map(({ text }) => text.slice(1)) };
  }

  #parseLiteral(token: Token, context: string): Operand {
    const { kind, text } = token;
    if (kind === 'string' || kind === 'raw') return { kind: 'text', value: this.#unquote(token) };
    if (kind === 'character') return { kind: 'integer', value: BigInt(this.#unquote(token).codePointAt(0) ?? 0) };
    if (kind === 'number') return this.#parseNumber(text);
    if (text === 'true' || text === 'false') return { kind: 'boolean', value: text === 'true' };
    if (text === 'nil') return { kind: 'nil' };
    if (kind !== 'word') throw this.#complaint(`unexpected "${text}" in ${context}`);
    if (!this.#functions.has(text)) throw this.#complaint(`function "${text}" not defined`);
    return { kind: 'function', name: text };
  }

  #parseNumber(text: string): Operand {
    const plain = text.replaceAll('_', '');
    const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(plain) ?? [];
    const value = Number(digits);
    if (Number.isNaN(value)) throw this.#complaint(`bad number syntax: "${text}"`);
    if (!/[.eE]/.test(digits) || /^0[xX]/.test(digits)) {
      const size = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
      return { kind: 'integer', value: sign === '-' ? -size : size };
    }
    const signed = sign === '-' ? -value : value;
    return Number.isSafeInteger(signed) ? { kind: 'integer', value: BigInt(signed) } : { kind: 'float', value: signed };
  }

  #unquote({ kind, text }: Token): string {
    const inner = text.slice(1, -1);
    if (kind === 'raw') return inner;
    return inner.replaceAll(
      /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))/g,
      (_, letter?: string, x?: string, u?: string, wide?: string, octal?: string) => {
        if (letter !== undefined) return ESCAPES.get(letter) ?? letter;
        const code = octal === undefined ? Number.parseInt(x ?? u ?? wide ?? '', 16) : Number.parseInt(octal, 8);
        if (Number.isNaN(code) || code > 0x10ffff) throw this.#complaint(`invalid syntax`);
        return String.fromCodePoint(code);
      },
    );
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

function trim(tokens: readonly Token[]): readonly Token[] {
  const start = tokens[0]?.kind === 'space' ? 1 : 0;
  return tokens.slice(start, tokens.at(-1)?.kind === 'space' ? -1 : undefined);
}

/** At the marks that stand in no parentheses. */
function splitAt(tokens: readonly Token[], mark: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (depth === 0 && isMark(token, mark)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.map(trim);
}

/** Runs of tokens between spaces that stand in no parentheses. */
function groups(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const found: Token[][] = [];
  let [depth, isNew] = [0, true];
  for (const token of tokens) {
    if (token.kind === 'space' && depth === 0) {
      isNew = true;
      continue;
    }
    if (isNew) found.push([]);
    isNew = false;
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    found.at(-1)?.push(token);
  }
  return found;
}

/** The place of the parenthesis that closes the first one. */
function closing(tokens: readonly Token[]): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}
