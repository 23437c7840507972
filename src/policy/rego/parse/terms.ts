/** The small nodes that several parsers make. */
import type { Span } from '../../source-position.ts';
import type { Call, Ref, StringTerm, Term, Variable } from '../syntax.ts';
import type { Operator } from './operators.ts';
import type { TokenStream } from './token-stream.ts';

export function variable(name: string, { start, end }: Span): Variable {
  return { kind: 'variable', start, end, name };
}

export function string(value: string, { start, end }: Span): StringTerm {
  return { kind: 'string', start, end, value };
}

/** A call that was written with an operator, which stands at `at`. */
export function infixCall(operator: Operator, at: Span, operands: readonly Term[], start: number, end: number): Call {
  const [name = '', ...rest] = operator.path;
  const ref: Ref = {
    kind: 'ref',
    start: at.start,
    end: at.end,
    head: variable(name, at),
    path: rest.map((part) => string(part, at)),
  };
  return { kind: 'call', start, end, operator: ref, arguments: operands, infix: true };
}

/** The name at the stream as a variable; `_` is a new one each time. */
export function takeVariable(tokens: TokenStream): Variable {
  const { text, start, end } = tokens;
  tokens.advance();
  return { kind: 'variable', start, end, name: text === '_' ? tokens.wildcard() : text };
}

/** `a.b.c` where the operator of a call is nothing but names, as built-ins are called. */
export function dottedName(ref: Ref): string | undefined {
  if (ref.head.kind !== 'variable') return undefined;
  let name = ref.head.name;
  for (const part of ref.path) {
    if (part.kind !== 'string') return undefined;
    name += `.${part.value}`;
  }
  return name;
}

/** `input` and `data`: the roots of all documents, which are references even alone. */
export function isRoot(name: string): boolean {
  return name === 'input' || name === 'data';
}
