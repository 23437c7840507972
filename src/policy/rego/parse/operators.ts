/** Infix operators: how they are written, which built-in each is, and how tightly it binds. */
import { Kind, type TokenKind } from './token-kind.ts';

/** All are left-associative; a higher level binds tighter. `in` stands below them all, with level 1. */
export type Operator = { readonly text: string; readonly path: readonly string[]; readonly level: number };

export const IN_LEVEL = 1;
const RELATION_LEVEL = 2;

/** The level of what may stand beside `in`. */
export const OPERAND_LEVEL: number = RELATION_LEVEL;

export const MEMBER: Operator = { text: 'in', path: ['internal', 'member_2'], level: IN_LEVEL };
export const MEMBER_WITH_KEY: Operator = { text: 'in', path: ['internal', 'member_3'], level: IN_LEVEL };

const OPERATORS: readonly (readonly [TokenKind, Operator])[] = [
  [Kind.equal, { text: '==', path: ['equal'], level: RELATION_LEVEL }],
  [Kind.notEqual, { text: '!=', path: ['neq'], level: RELATION_LEVEL }],
  [Kind.less, { text: '<', path: ['lt'], level: RELATION_LEVEL }],
  [Kind.lessOrEqual, { text: '<=', path: ['lte'], level: RELATION_LEVEL }],
  [Kind.greater, { text: '>', path: ['gt'], level: RELATION_LEVEL }],
  [Kind.greaterOrEqual, { text: '>=', path: ['gte'], level: RELATION_LEVEL }],
  [Kind.bar, { text: '|', path: ['or'], level: 3 }],
  [Kind.ampersand, { text: '&', path: ['and'], level: 4 }],
  [Kind.plus, { text: '+', path: ['plus'], level: 5 }],
  [Kind.minus, { text: '-', path: ['minus'], level: 5 }],
  [Kind.times, { text: '*', path: ['mul'], level: 6 }],
  [Kind.divide, { text: '/', path: ['div'], level: 6 }],
  [Kind.remainder, { text: '%', path: ['rem'], level: 6 }],
];

/** All but `in`. */
export const INFIX_OPERATORS: readonly Operator[] = OPERATORS.map(([, operator]) => operator);

const BY_KIND: readonly (Operator | undefined)[] = Array.from(
  { length: Kind.or + 1 },
  (_, kind) => OPERATORS.find(([of]) => of === kind)?.[1],
);

export const MINUS: Operator = { text: '-', path: ['minus'], level: 5 };

export function operatorOf(kind: TokenKind): Operator | undefined {
  return BY_KIND[kind];
}

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  [...INFIX_OPERATORS, MEMBER, MEMBER_WITH_KEY].map((each) => [each.path.join('.'), each]),
);

/** By the dotted name of the built-in, for printing. */
export function operatorNamed(name: string): Operator | undefined {
  return BY_NAME.get(name);
}
