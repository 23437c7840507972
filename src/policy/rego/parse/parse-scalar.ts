/** Numbers and strings as terms. */
import type { NumberTerm, StringTerm } from '../syntax.ts';
import { MAX_NUMBER_EXPONENT } from './limits.ts';
import { problemOfNumber } from './numbers.ts';
import { quote } from './quote.ts';
import { unescape } from './strings.ts';
import { Kind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** With the sign and the point that may stand before its digits. */
export function parseNumber(tokens: TokenStream): NumberTerm | undefined {
  const { start } = tokens;
  let text = '';
  if (tokens.accept(Kind.minus)) text = '-';
  if (tokens.accept(Kind.dot)) text += '.';
  if (!tokens.at(Kind.number)) return tokens.unexpected('a number', { opa: 'expected number' });
  text += tokens.text;
  const problem = problemOfNumber(text);
  if (problem !== undefined) return refuseNumber(tokens, text, problem);
  tokens.advance();
  return { kind: 'number', start, end: tokens.previousEnd, text };
}

function refuseNumber(tokens: TokenStream, text: string, problem: 'malformed' | 'leading-zero' | 'too-big'): undefined {
  const { start, end } = tokens;
  const messages = {
    malformed: { message: `${quote(text)} is no number`, hint: undefined, opa: 'invalid float' },
    'leading-zero': {
      message: `the number ${quote(text)} begins with a zero`,
      hint: 'numbers are decimal: leave out the zero',
      opa: 'expected number without leading zero',
    },
    'too-big': {
      message: `the number ${quote(text)} is out of range`,
      hint: `its size must lie between 2^-${MAX_NUMBER_EXPONENT} and 2^${MAX_NUMBER_EXPONENT}`,
      opa: 'number too big',
    },
  };
  return tokens.fail({ code: 'rego/bad-number', ...messages[problem], start, end });
}

export function parseString(tokens: TokenStream): StringTerm | undefined {
  const { start, end } = tokens;
  const content = tokens.source.text.slice(start + 1, end - 1);
  const value = tokens.at(Kind.rawString) ? content : unescape(content);
  if (value === undefined) {
    const hint = 'write `\\t`, or put the string in backticks';
    return tokens.fail({
      code: 'rego/illegal-character',
      message: 'a string with escapes contains a control character that is not escaped',
      hint,
      opa: `illegal string literal: ${tokens.text}`,
      start,
      end,
    });
  }
  tokens.advance();
  return { kind: 'string', start, end, value };
}
