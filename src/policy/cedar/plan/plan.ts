/**
 * The intermediate form that both back ends compile: the syntax tree with its constants made, entities and types found
 * in the store, constant parts computed, and for each part the kind of value that it gives, where the text shows it.
 */
import type { BinaryOperator, ExtensionFunction, Span, Variable } from '../syntax.ts';
import type { EntityType, Value } from '../value.ts';
import type { TextPattern } from './text-pattern.ts';

/** What an expression gives when it does not err; `unknown` where only the values of a request tell. */
export type Kind = 'boolean' | 'long' | 'string' | 'entity' | 'set' | 'record' | 'extension' | 'unknown';

export type Plan = { readonly span: Span; readonly gives: Kind } & (
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'variable'; readonly name: Variable }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Plan[] }
  | { readonly kind: 'not' | 'negate' | 'isEmpty'; readonly operand: Plan }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Plan; readonly right: Plan }
  | { readonly kind: 'if'; readonly condition: Plan; readonly consequent: Plan; readonly alternate: Plan }
  | { readonly kind: 'attribute'; readonly operand: Plan; readonly name: string }
  | { readonly kind: 'has'; readonly operand: Plan; readonly path: readonly string[] }
  | { readonly kind: 'like'; readonly operand: Plan; readonly pattern: TextPattern }
  | { readonly kind: 'is'; readonly operand: Plan; readonly entityType: EntityType; readonly in?: Plan }
  | { readonly kind: 'set'; readonly elements: readonly Plan[] }
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly value: Plan }[] }
  | { readonly kind: 'call'; readonly name: ExtensionFunction; readonly arguments: readonly Plan[] }
);

export type PlanOf<K extends Plan['kind']> = Extract<Plan, { readonly kind: K }>;
