/** Terms and expressions as canonical text, which parses back to the same tree. */
import type { Body, Call, Expression, Operand, Ref, Term, TemplatePart, With } from '../syntax.ts';
import { MEMBER_WITH_KEY, operatorNamed } from './operators.ts';
import { dottedName } from './terms.ts';
import { isWildcard } from './wildcards.ts';

/** Binds tighter than any operator: what cannot be an infix call. */
const TERM_LEVEL = 7;

const NAME = /^[A-Za-z_]\w*$/u;

/** `level`: how tightly what stands around it binds; an operator below it is put in parentheses. */
export function printTerm(term: Term, level = 0): string {
  switch (term.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return term.value ? 'true' : 'false';
    case 'number':
      return term.text;
    case 'string':
      return printString(term.value);
    case 'variable':
      return isWildcard(term.name) ? '_' : term.name;
    case 'ref':
      return printRef(term);
    case 'call':
      return printCall(term, level);
    case 'array':
      return `[${printTerms(term.elements)}]`;
    case 'set':
      return term.elements.length === 0 ? 'set()' : `{${printTerms(term.elements)}}`;
    case 'object':
      return `{${term.entries.map(({ key, value }) => `${printTerm(key)}: ${printTerm(value)}`).join(', ')}}`;
    case 'arrayComprehension':
      return `[${printTerm(term.element, TERM_LEVEL)} | ${printBody(term.body)}]`;
    case 'setComprehension':
      return `{${printTerm(term.element, TERM_LEVEL)} | ${printBody(term.body)}}`;
    case 'objectComprehension':
      return `{${printTerm(term.key)}: ${printTerm(term.value, TERM_LEVEL)} | ${printBody(term.body)}}`;
    case 'template':
      return printTemplate(term.parts);
  }
}

export function printTerms(terms: readonly Term[]): string {
  return terms.map((term) => printTerm(term)).join(', ');
}

/** In double quotes; what may stand nowhere in a text is escaped too. */
export function printString(value: string): string {
  return JSON.stringify(value).replaceAll('\u{feff}', '\\ufeff');
}

export function printRef({ head, path }: Ref): string {
  return printTerm(head) + path.map(printPart).join('');
}

function printPart(part: Term): string {
  return part.kind === 'string' && NAME.test(part.value) ? `.${part.value}` : `[${printTerm(part)}]`;
}

function printCall({ operator, arguments: operands, infix }: Call, level: number): string {
  const found = infix ? operatorNamed(dottedName(operator) ?? '') : undefined;
  const [left, right, third] = operands;
  if (found === undefined || left === undefined || right === undefined) {
    return `${printRef(operator)}(${printTerms(operands)})`;
  }
  if (found === MEMBER_WITH_KEY && third !== undefined) {
    return `(${printTerm(left, 2)}, ${printTerm(right, 2)} in ${printTerm(third, 2)})`;
  }
  const text = `${printTerm(left, found.level)} ${found.text} ${printTerm(right, found.level + 1)}`;
  // Behind the first operand of a collection or a body, a `|` would begin a comprehension.
  return found.level < level || found.text === '|' ? `(${text})` : text;
}

/** Texts and expressions in turn: a string that follows a text stands in braces, since it would run into it. */
function printTemplate(parts: readonly TemplatePart[]): string {
  let printed = '$"';
  let afterText = false;
  for (const part of parts) {
    if (part.kind === 'string' && part.value !== '' && !afterText) {
      printed += printString(part.value).slice(1, -1).replaceAll('{', '\\{');
      afterText = true;
    } else {
      printed += `{${part.kind === 'term' ? printExpression(part) : printTerm(part)}}`;
      afterText = false;
    }
  }
  return `${printed}"`;
}

/** On one line. */
export function printBody(body: Body): string {
  return body.map(printExpression).join('; ');
}

export function printExpression(expression: Expression): string {
  return printPlain(expression) + expression.modifiers.map(printModifier).join('');
}

function printModifier({ target, value }: With): string {
  return ` with ${printTerm(target)} as ${printTerm(value)}`;
}

function printPlain(expression: Expression): string {
  switch (expression.kind) {
    case 'term':
      return `${expression.negated ? 'not ' : ''}${printTerm(expression.term)}`;
    case 'unify':
    case 'assign': {
      const { kind, negated, left, right } = expression;
      return `${negated ? 'not ' : ''}${printTerm(left)} ${kind === 'unify' ? '=' : ':='} ${printTerm(right)}`;
    }
    case 'some':
      return `some ${printTerms(expression.variables)}`;
    case 'someIn': {
      const { key, value, domain } = expression;
      const names = key === undefined ? [value] : [key, value];
      return `some ${names.map((name) => printTerm(name, 2)).join(', ')} in ${printTerm(domain, 2)}`;
    }
    case 'every': {
      const { key, value, domain, body } = expression;
      const names = key === undefined ? printTerm(value) : printTerms([key, value]);
      return `every ${names} in ${printTerm(domain, 2)} { ${printBody(body)} }`;
    }
    case 'not':
      return `not ${printOperand(expression)}`;
    case 'and':
    case 'or':
      return `${printOperand(expression.left)} ${expression.kind} ${printOperand(expression.right)}`;
  }
}

function printOperand({ body, braces }: Operand): string {
  const [only] = body;
  const printed = printBody(body);
  if (braces || only === undefined) return `{ ${printed} }`;
  const isGroup = only.kind === 'and' || only.kind === 'or' || only.kind === 'not' || only.modifiers.length > 0;
  // Braces in front of an operand would be its body.
  return isGroup || printed.startsWith('{') ? `(${printed})` : printed;
}
