/** A policy as the one expression that is true when it is satisfied: its scope, and its conditions. */
import type { EntityUid } from '../entity-uid.ts';
import type {
  ActionConstraint,
  Condition,
  Expression,
  PolicySyntax,
  ScopeConstraint,
  ScopeEntity,
  Span,
} from '../syntax.ts';

/** Of a template it holds what is true whatever its slots are filled with: a slot stands as the variable it constrains. */
export function conditionOf({ principal, action, resource, conditions, span }: PolicySyntax): Expression {
  const operands = [
    scopeCondition('principal', principal),
    actionCondition(action),
    scopeCondition('resource', resource),
    ...conditions.map(bodyOf),
  ];
  return { kind: 'and', operands: operands.filter((operand) => operand !== undefined), span };
}

function scopeCondition(name: 'principal' | 'resource', constraint: ScopeConstraint): Expression | undefined {
  const { span } = constraint;
  const variable: Expression = { kind: 'variable', name, span };
  const entity = (uid: ScopeEntity): Expression => (typeof uid === 'string' ? variable : entityAt(uid, span));
  switch (constraint.kind) {
    case 'any':
      return undefined;
    case '==':
    case 'in': {
      const right = entity(constraint.entity);
      return { kind: 'binary', operator: constraint.kind, left: variable, right, span };
    }
    case 'is': {
      const group = constraint.in === undefined ? {} : { in: entity(constraint.in) };
      return { kind: 'is', operand: variable, entityType: constraint.entityType, ...group, span };
    }
  }
}

function actionCondition(constraint: ActionConstraint): Expression | undefined {
  const { span } = constraint;
  const left: Expression = { kind: 'variable', name: 'action', span };
  switch (constraint.kind) {
    case 'any':
      return undefined;
    case '==':
      return { kind: 'binary', operator: '==', left, right: entityAt(constraint.entity, span), span };
    case 'in': {
      const elements = constraint.entities.map((uid) => entityAt(uid, span));
      return { kind: 'binary', operator: 'in', left, right: { kind: 'set', elements, span }, span };
    }
  }
}

function entityAt(uid: EntityUid, span: Span): Expression {
  return { kind: 'entity', uid, span };
}

function bodyOf({ kind, body, span }: Condition): Expression {
  return kind === 'when' ? body : { kind: 'not', operand: body, span };
}
