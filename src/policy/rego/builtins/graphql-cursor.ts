/** A way through the tokens of a GraphQL text, and what queries and schemas have in common. */
import { quote } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import {
  makeNode,
  VALUE_KINDS,
  type GraphqlNode,
  type Members,
  type NodeType,
  type ValueKind,
} from './graphql-document.ts';
import { Lexer, type Place, type Token, type TokenKind } from './graphql-lexer.ts';

/** Selections and values within each other: beyond it, whoever walks the tree would run out of stack. */
const MAX_DEPTH = 500;

export type GraphqlProblem = { readonly message: string; readonly place?: Place | undefined };

/** Where nodes were written: those of objects that a policy made have no place. */
export type Places = WeakMap<GraphqlNode, Place>;

const SCALARS: ReadonlyMap<TokenKind, ValueKind> = new Map([
  ['Int', 'int'],
  ['Float', 'float'],
  ['String', 'string'],
  ['BlockString', 'block'],
]);

function describe({ kind, value }: Token): string {
  return value === '' ? kind : `${kind} ${quote(value)}`;
}

export function commentOf({ comments }: Token): RegoValue | undefined {
  return comments.length === 0 ? undefined : { List: comments.map((Value) => ({ Value })) };
}

/** After the first problem it stands at the end, so that whatever is under way ends. */
export class Cursor {
  readonly #lexer: Lexer;
  readonly places: Places = new WeakMap();
  #token: Token;
  #problem: GraphqlProblem | undefined;
  #depth = 0;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  /** The token that comes next. */
  get token(): Token {
    return this.#token;
  }

  get problem(): GraphqlProblem | undefined {
    return this.#problem;
  }

  is(kind: TokenKind): boolean {
    return this.#token.kind === kind;
  }

  isName(...names: readonly string[]): boolean {
    return this.#token.kind === 'Name' && names.includes(this.#token.value);
  }

  take(): Token {
    const token = this.#token;
    if (this.#problem === undefined) this.#token = this.#lexer.next();
    return token;
  }

  skip(kind: TokenKind): boolean {
    if (!this.is(kind)) return false;
    this.take();
    return true;
  }

  fail(message: string, token: Token = this.#token): undefined {
    if (this.#problem === undefined) {
      this.#problem = { message, place: token.place };
      this.#token = { ...token, kind: '<EOF>', value: '' };
    }
    return undefined;
  }

  unexpected(token: Token = this.#token): undefined {
    return this.fail(`Unexpected ${describe(token)}`, token);
  }

  expect(kind: TokenKind): Token {
    if (!this.is(kind)) this.fail(`Expected ${kind}, found ${this.#token.kind}`);
    return this.take();
  }

  expectKeyword(word: string): Token {
    if (!this.isName(word)) this.fail(`Expected ${quote(word)}, found ${describe(this.#token)}`);
    return this.take();
  }

  name(): string {
    return this.expect('Name').value;
  }

  /** Nothing, or at least one element between two brackets; `end` is the closing one. */
  some<T>(
    open: TokenKind,
    close: TokenKind,
    parse: () => T,
  ): { readonly elements: readonly T[]; readonly end?: Token } {
    if (!this.skip(open)) return { elements: [] };
    const elements: T[] = [];
    while (!this.is(close) && this.#problem === undefined) elements.push(parse());
    if (elements.length === 0) this.fail(`expected at least one definition, found ${this.#token.kind}`);
    return { elements, end: this.take() };
  }

  node(type: NodeType, place: Place, members: Members): GraphqlNode {
    const node = makeNode(type, members);
    this.places.set(node, place);
    return node;
  }

  /** One level deeper in a tree. */
  within<T>(parse: () => T): T | undefined {
    this.#depth += 1;
    const result = this.#depth > MAX_DEPTH ? this.fail(`more than ${MAX_DEPTH} levels are too many`) : parse();
    this.#depth -= 1;
    return result;
  }

  directives(constant: boolean): readonly GraphqlNode[] {
    const directives: GraphqlNode[] = [];
    while (this.skip('@')) {
      const { place } = this.#token;
      const Name = this.name();
      directives.push(this.node('Directive', place, { Name, Arguments: this.arguments(constant) }));
    }
    return directives;
  }

  arguments(constant: boolean): readonly GraphqlNode[] {
    return this.some('(', ')', () => {
      const first = this.#token;
      const Name = this.name();
      this.expect(':');
      const Value = this.value(constant);
      return this.node('Argument', first.place, { Name, Value, Comment: commentOf(first) });
    }).elements;
  }

  value(constant: boolean): GraphqlNode | undefined {
    const first = this.#token;
    if (first.kind === '[' || first.kind === '{') return this.within(() => this.#composite(first, constant));
    if (first.kind === '$') return constant ? this.unexpected() : this.#valueNode(first, 'variable', this.variable());
    const kind = first.kind === 'Name' ? kindOfName(first.value) : SCALARS.get(first.kind);
    if (kind === undefined) return this.unexpected();
    this.take();
    return this.#valueNode(first, kind, first.value);
  }

  variable(): string {
    this.expect('$');
    return this.name();
  }

  #valueNode({ place }: Token, kind: ValueKind, Raw: string): GraphqlNode {
    return this.node('Value', place, { Kind: VALUE_KINDS.indexOf(kind), Raw });
  }

  #composite(first: Token, constant: boolean): GraphqlNode {
    const Children: GraphqlNode[] = [];
    const isList = this.take().kind === '[';
    while (!this.is(isList ? ']' : '}') && this.#problem === undefined) {
      const { token } = this;
      const Name = isList ? '' : this.name();
      if (!isList) this.expect(':');
      const Comment = isList ? undefined : commentOf(token);
      Children.push(this.node('ChildValue', token.place, { Name, Value: this.value(constant), Comment }));
    }
    this.take();
    const Kind = VALUE_KINDS.indexOf(isList ? 'list' : 'object');
    return this.node('Value', first.place, { Kind, Children, Comment: commentOf(first) });
  }

  type(): GraphqlNode | undefined {
    return this.within(() => {
      const isList = this.skip('[');
      const { place } = this.#token;
      const Elem = isList ? this.type() : undefined;
      if (isList) this.expect(']');
      const NamedType = isList ? '' : this.name();
      return this.node('Type', place, { Elem, NamedType, NonNull: this.skip('!') });
    });
  }
}

function kindOfName(name: string): ValueKind {
  if (name === 'null') return 'null';
  return name === 'true' || name === 'false' ? 'boolean' : 'enum';
}
