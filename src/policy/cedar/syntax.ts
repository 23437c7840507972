/** The syntax tree of Cedar policies: what the text form and the JSON form are both parsed into. */
import type { PolicySource, Span } from '../source-position.ts';
import type { EntityUid } from './entity-uid.ts';
import type { Long } from './long.ts';

export type { PolicySource, Span };

export type Variable = 'principal' | 'action' | 'resource' | 'context';
export type Slot = '?principal' | '?resource';

/**
 * Chains of `&&` and `||` are one node, because machines write them with thousands of operands; everything else nests,
 * at most `MAX_EXPRESSION_DEPTH` deep, so that whoever walks a tree may recurse.
 */
export type Expression = { readonly span: Span } & (
  | { readonly kind: 'literal'; readonly value: boolean | Long | string }
  | { readonly kind: 'entity'; readonly uid: EntityUid }
  | { readonly kind: 'variable'; readonly name: Variable }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not' | 'negate' | 'isEmpty'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly consequent: Expression;
      readonly alternate: Expression;
    }
  | { readonly kind: 'attribute'; readonly operand: Expression; readonly name: string }
  /** `has a.b.c`: at least one name. */
  | { readonly kind: 'has'; readonly operand: Expression; readonly path: readonly string[] }
  | { readonly kind: 'like'; readonly operand: Expression; readonly pattern: Pattern }
  | { readonly kind: 'is'; readonly operand: Expression; readonly entityType: string; readonly in?: Expression }
  | { readonly kind: 'set'; readonly elements: readonly Expression[] }
  /** Names are unique. */
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly value: Expression }[] }
  /**
   * An extension function, in method style or not. Cedar parses calls with too few or too many arguments; they err when
   * they are reached, and validation refuses them.
   */
  | { readonly kind: 'call'; readonly name: ExtensionFunction; readonly arguments: readonly Expression[] }
);

export type BinaryOperator =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | 'in'
  | 'contains'
  | 'containsAll'
  | 'containsAny'
  | 'hasTag'
  | 'getTag';

/** Literal texts and wildcards in order; `null` is `*`, any number of characters. */
export type Pattern = readonly (string | null)[];

/** Constructors are called as functions, all others as methods of their first argument. */
export const EXTENSION_FUNCTIONS = {
  decimal: { arity: 1, style: 'function' },
  lessThan: { arity: 2, style: 'method' },
  lessThanOrEqual: { arity: 2, style: 'method' },
  greaterThan: { arity: 2, style: 'method' },
  greaterThanOrEqual: { arity: 2, style: 'method' },
  ip: { arity: 1, style: 'function' },
  isIpv4: { arity: 1, style: 'method' },
  isIpv6: { arity: 1, style: 'method' },
  isLoopback: { arity: 1, style: 'method' },
  isMulticast: { arity: 1, style: 'method' },
  isInRange: { arity: 2, style: 'method' },
  datetime: { arity: 1, style: 'function' },
  offset: { arity: 2, style: 'method' },
  durationSince: { arity: 2, style: 'method' },
  toDate: { arity: 1, style: 'method' },
  toTime: { arity: 1, style: 'method' },
  duration: { arity: 1, style: 'function' },
  toMilliseconds: { arity: 1, style: 'method' },
  toSeconds: { arity: 1, style: 'method' },
  toMinutes: { arity: 1, style: 'method' },
  toHours: { arity: 1, style: 'method' },
  toDays: { arity: 1, style: 'method' },
} as const;

export type ExtensionFunction = keyof typeof EXTENSION_FUNCTIONS;

/** Of a policy the entity is given; of a template it may be a slot. */
export type ScopeEntity = EntityUid | Slot;

export type ScopeConstraint = { readonly span: Span } & (
  | { readonly kind: 'any' }
  | { readonly kind: '==' | 'in'; readonly entity: ScopeEntity }
  | { readonly kind: 'is'; readonly entityType: string; readonly in?: ScopeEntity }
);

export type ActionConstraint = { readonly span: Span } & (
  | { readonly kind: 'any' }
  | { readonly kind: '=='; readonly entity: EntityUid }
  | { readonly kind: 'in'; readonly entities: readonly EntityUid[] }
);

export type Condition = { readonly kind: 'when' | 'unless'; readonly body: Expression; readonly span: Span };

/** A policy, or with slots in its scope a template. */
export type PolicySyntax = {
  /** Unique in its set; from the text form `policyN`, N counting from 0 in the order of files and of texts. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: ReadonlyMap<string, string>;
  readonly principal: ScopeConstraint;
  readonly action: ActionConstraint;
  readonly resource: ScopeConstraint;
  readonly conditions: readonly Condition[];
  readonly source: PolicySource;
  readonly span: Span;
};

/** What is parsed: static policies with nothing to fill, templates, and links that fill them. */
export type TemplateLink = {
  readonly templateId: string;
  readonly newId: string;
  readonly values: { readonly [S in Slot]?: EntityUid };
};
