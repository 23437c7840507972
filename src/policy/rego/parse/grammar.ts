/** The grammar, put together from its parts. */
import { parseBody } from './parse-body.ts';
import { parseExpression } from './parse-expression.ts';
import { continueInfix, parseInfix } from './parse-infix.ts';
import { parseTerm } from './parse-term.ts';
import type { Grammar } from './token-stream.ts';

export const GRAMMAR: Grammar = { parseTerm, parseInfix, continueInfix, parseExpression, parseBody };
