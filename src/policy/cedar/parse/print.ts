/** The tree back to Cedar's text form, with no more parentheses than needed: it parses to the same tree again. */
import type { EntityUid } from '../entity-uid.ts';
import {
  type ActionConstraint,
  type BinaryOperator,
  EXTENSION_FUNCTIONS,
  type Expression,
  type PolicySyntax,
  type ScopeConstraint,
  type ScopeEntity,
} from '../syntax.ts';
import { quotePattern, quoteString } from './escapes.ts';
import { isIdentifier } from './names.ts';

/** The policy on several lines, with its annotations; its id is not part of the text. */
export function printPolicy(policy: PolicySyntax): string {
  const annotations = [...policy.annotations].map(([name, value]) => `@${name}(${quoteString(value)})\n`);
  const scope = [
    printConstraint('principal', policy.principal),
    printActionConstraint(policy.action),
    printConstraint('resource', policy.resource),
  ];
  const conditions = policy.conditions.map(({ kind, body }) => `\n${kind} { ${printExpression(body)} }`);
  return `${annotations.join('')}${policy.effect} (${scope.join(', ')})${conditions.join('')};`;
}

function printConstraint(variable: 'principal' | 'resource', constraint: ScopeConstraint): string {
  switch (constraint.kind) {
    case 'any':
      return variable;
    case '==':
    case 'in':
      return `${variable} ${constraint.kind} ${printScopeEntity(constraint.entity)}`;
    case 'is': {
      const ancestor = constraint.in === undefined ? '' : ` in ${printScopeEntity(constraint.in)}`;
      return `${variable} is ${constraint.entityType}${ancestor}`;
    }
  }
}

function printActionConstraint(constraint: ActionConstraint): string {
  switch (constraint.kind) {
    case 'any':
      return 'action';
    case '==':
      return `action == ${printEntity(constraint.entity)}`;
    case 'in':
      return `action in [${constraint.entities.map(printEntity).join(', ')}]`;
  }
}

function printScopeEntity(entity: ScopeEntity): string {
  return typeof entity === 'string' ? entity : printEntity(entity);
}

function printEntity({ type, id }: EntityUid): string {
  return `${type}::${quoteString(id)}`;
}

/** How tightly what is printed binds, loosest first; an operand that binds less than its place needs parentheses. */
const IF = 0;
const OR = 1;
const AND = 2;
const RELATION = 3;
const SUM = 4;
const PRODUCT = 5;
const PREFIX = 6;
const MEMBER = 7;

const LEVELS: { readonly [O in BinaryOperator]: number } = {
  '==': RELATION,
  '!=': RELATION,
  '<': RELATION,
  '<=': RELATION,
  '>': RELATION,
  '>=': RELATION,
  in: RELATION,
  '+': SUM,
  '-': SUM,
  '*': PRODUCT,
  contains: MEMBER,
  containsAll: MEMBER,
  containsAny: MEMBER,
  hasTag: MEMBER,
  getTag: MEMBER,
};

/** On one line. */
export function printExpression(expression: Expression): string {
  return print(expression, IF);
}

function print(expression: Expression, place: number): string {
  const text = printBare(expression);
  return levelOf(expression) < place ? `(${text})` : text;
}

function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case 'if':
      return IF;
    case 'or':
      return OR;
    case 'and':
      return AND;
    case 'has':
    case 'like':
    case 'is':
      return RELATION;
    case 'binary':
      return LEVELS[expression.operator];
    case 'not':
    case 'negate':
      return PREFIX;
    case 'literal':
      return isNegative(expression) ? PREFIX : MEMBER;
    case 'entity':
    case 'variable':
    case 'isEmpty':
    case 'attribute':
    case 'set':
    case 'record':
    case 'call':
      return MEMBER;
  }
}

function isNegative(expression: Expression): boolean {
  if (expression.kind !== 'literal') return false;
  const { value } = expression;
  return (typeof value === 'number' || typeof value === 'bigint') && value < 0;
}

function printBare(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quoteString(expression.value) : String(expression.value);
    case 'entity':
      return printEntity(expression.uid);
    case 'variable':
      return expression.name;
    case 'or':
      return expression.operands.map((operand) => print(operand, AND)).join(' || ');
    case 'and':
      return expression.operands.map((operand) => print(operand, RELATION)).join(' && ');
    case 'not':
    case 'negate':
      return printPrefixed(expression.kind, expression.operand);
    case 'isEmpty':
      return `${print(expression.operand, MEMBER)}.isEmpty()`;
    case 'binary':
      return printBinary(expression.operator, expression.left, expression.right);
    case 'if': {
      const { condition, consequent, alternate } = expression;
      return `if ${print(condition, IF)} then ${print(consequent, IF)} else ${print(alternate, IF)}`;
    }
    case 'attribute': {
      const { operand, name } = expression;
      return `${print(operand, MEMBER)}${isIdentifier(name) ? `.${name}` : `[${quoteString(name)}]`}`;
    }
    case 'has':
      return `${print(expression.operand, SUM)} has ${printPath(expression.path)}`;
    case 'like':
      return `${print(expression.operand, SUM)} like ${quotePattern(expression.pattern)}`;
    case 'is': {
      const ancestor = expression.in === undefined ? '' : ` in ${print(expression.in, SUM)}`;
      return `${print(expression.operand, SUM)} is ${expression.entityType}${ancestor}`;
    }
    case 'set':
      return `[${printList(expression.elements)}]`;
    case 'record': {
      const fields = expression.fields.map(({ name, value }) => `${printFieldName(name)}: ${print(value, IF)}`);
      return `{${fields.join(', ')}}`;
    }
    case 'call': {
      const [object, ...others] = expression.arguments;
      const isFunction = EXTENSION_FUNCTIONS[expression.name].style === 'function' || object === undefined;
      if (isFunction) return `${expression.name}(${printList(expression.arguments)})`;
      return `${print(object, MEMBER)}.${expression.name}(${printList(others)})`;
    }
  }
}

function printBinary(operator: BinaryOperator, left: Expression, right: Expression): string {
  const level = LEVELS[operator];
  if (level === MEMBER) return `${print(left, MEMBER)}.${operator}(${print(right, IF)})`;
  // Sums and products may be followed by another; comparisons may not.
  const place = level === RELATION ? SUM : level;
  return `${print(left, place)} ${operator} ${print(right, level + 1)}`;
}

/** Cedar allows four prefixes in a row, of one kind; a `-` right before a number is its sign. */
const MAX_PREFIXES = 4;

function printPrefixed(kind: 'not' | 'negate', outermost: Expression): string {
  const prefix = kind === 'not' ? '!' : '-';
  let operand = outermost;
  let count = 1;
  while (operand.kind === kind && count < MAX_PREFIXES) {
    operand = operand.operand;
    count += 1;
  }
  const prefixes = prefix.repeat(count);
  const isNumber =
    operand.kind === 'literal' && typeof operand.value !== 'boolean' && typeof operand.value !== 'string';
  if (prefix === '-' && isNumber) {
    // With parentheses where the number would take the sign, or be the fifth to have one.
    return isNegative(operand) && count < MAX_PREFIXES
      ? `${prefixes}${printBare(operand)}`
      : `${prefixes}(${printBare(operand)})`;
  }
  return prefixes + print(operand, MEMBER);
}

function printPath(path: readonly string[]): string {
  const [only] = path;
  // Several names are identifiers: the parsers accept no others.
  return path.length === 1 && only !== undefined && !isIdentifier(only) ? quoteString(only) : path.join('.');
}

function printFieldName(name: string): string {
  return isIdentifier(name) ? name : quoteString(name);
}

function printList(expressions: readonly Expression[]): string {
  return expressions.map((expression) => print(expression, IF)).join(', ');
}
