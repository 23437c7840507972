/** References and calls: what stands directly behind a term, `.name`, `[term]` and `(terms)`. */
import type { Call, Ref, RefHead, Term } from '../syntax.ts';
import { parseTermList } from './parse-list.ts';
import { isRoot, string } from './terms.ts';
import { Kind, TOKEN_TEXTS } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** The term with everything that belongs to it; nothing may stand between. */
export function finishTerm(tokens: TokenStream, head: Term | undefined): Term | undefined {
  if (head === undefined) return undefined;
  if (tokens.adjacent && opensPart(tokens)) return parseParts(tokens, head);
  // Alone, they are references all the same.
  if (head.kind === 'variable' && isRoot(head.name)) return ref(head, [], head.end);
  return head;
}

export function opensPart(tokens: TokenStream): boolean {
  const { kind } = tokens;
  return kind === Kind.dot || kind === Kind.leftBracket || kind === Kind.leftParenthesis;
}

/** The stream is at a `.`, `[` or `(` behind `first`; in a rule's head there may be white space before it. */
export function parseParts(tokens: TokenStream, first: Term): Term | undefined {
  let head: Term = first;
  for (;;) {
    if (!canHeadRef(head)) return refuseHead(tokens, head);
    const path: Term[] = [];
    if (!parsePath(tokens, path)) return undefined;
    const isCall = tokens.at(Kind.leftParenthesis) && (tokens.adjacent || path.length === 0);
    if (!isCall) return ref(head, path, tokens.previousEnd);
    const operator = ref(head, path, tokens.previousEnd);
    const called = parseCall(tokens, operator);
    if (called === undefined) return undefined;
    if (!tokens.adjacent || (!tokens.at(Kind.dot) && !tokens.at(Kind.leftBracket))) return called;
    head = called;
  }
}

/** Every `.name` and `[term]` from here on. */
function parsePath(tokens: TokenStream, path: Term[]): boolean {
  let { height } = tokens;
  // The first part of a rule's head may stand away from its name.
  while (path.length === 0 || tokens.adjacent) {
    if (tokens.at(Kind.dot)) {
      tokens.advance();
      if (!tokens.adjacent || (!tokens.at(Kind.name) && !tokens.atKeyword)) {
        const hint = tokens.adjacent ? undefined : 'nothing may stand between the `.` and the name';
        tokens.unexpected('a name after `.`', { hint, opa: 'expected identifier' });
        return false;
      }
      path.push(string(tokens.text, tokens.span));
      tokens.advance();
    } else if (tokens.at(Kind.leftBracket)) {
      const part = parseIndex(tokens);
      if (part === undefined) return false;
      height = Math.max(height, tokens.height);
      path.push(part);
    } else break;
  }
  return tokens.grow(height);
}

function parseIndex(tokens: TokenStream): Term | undefined {
  if (!tokens.enter()) return undefined;
  tokens.advance();
  const part = tokens.grammar.parseInfix(tokens, true);
  tokens.leave();
  if (part === undefined) return undefined;
  if (!tokens.accept(Kind.rightBracket)) return tokens.unexpected('an operator or `]`', { opa: 'expected [' });
  return part;
}

function parseCall(tokens: TokenStream, operator: Ref): Term | undefined {
  const { height } = tokens;
  if (!tokens.enter()) return undefined;
  tokens.advance();
  const given = parseTermList(tokens, Kind.rightParenthesis, []);
  tokens.leave();
  if (given === undefined || !tokens.grow(Math.max(height, tokens.height))) return undefined;
  const { start } = operator;
  const end = tokens.previousEnd;
  const { head, path } = operator;
  if (given.length === 0 && path.length === 0 && head.kind === 'variable' && head.name === 'set') {
    return { kind: 'set', start, end, elements: [] };
  }
  const call: Call = { kind: 'call', start, end, operator, arguments: given, infix: false };
  return call;
}

function canHeadRef(term: Term): term is RefHead {
  return term.kind !== 'ref' && term.kind !== 'template' && !isScalar(term);
}

function isScalar(term: Term): boolean {
  return term.kind === 'string' || term.kind === 'number' || term.kind === 'boolean' || term.kind === 'null';
}

function refuseHead(tokens: TokenStream, head: Term): undefined {
  const what = head.kind === 'ref' ? 'a reference in parentheses' : `a ${head.kind}`;
  const kind = head.kind === 'template' ? 'templatestring' : head.kind;
  return tokens.fail({
    code: 'rego/syntax',
    message: `${what} cannot be followed by \`${TOKEN_TEXTS[tokens.kind] ?? ''}\``,
    hint: head.kind === 'ref' ? 'leave out the parentheses' : 'give it a name first: `value := …`',
    opa: `illegal ref (head cannot be ${kind})`,
    start: head.start,
    end: tokens.end,
  });
}

function ref(head: RefHead, path: readonly Term[], end: number): Ref {
  return { kind: 'ref', start: head.start, end, head, path };
}
