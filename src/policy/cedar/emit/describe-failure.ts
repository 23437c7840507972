/** Why an evaluation failed, for people. */
import { isLong } from '../long.ts';
import { kindOf } from '../plan/plan-expression.ts';
import type { BinaryOperator } from '../syntax.ts';
import { CedarRecord, CedarSet, Entity, fieldsOf, type Value } from '../value.ts';
import { describeValue } from './describe-value.ts';

const NAMES = {
  boolean: 'a boolean',
  string: 'a string',
  long: 'a long',
  entity: 'an entity',
  set: 'a set',
  record: 'a record',
  extension: 'an extension value',
  unknown: 'a value',
} as const;

export function expected(wanted: string, value: Value): string {
  return `expected ${wanted}, and \`${describeValue(value)}\` is ${NAMES[kindOf(value)]}`;
}

export function describeAttributeFailure(operand: Value, name: string): string {
  if (operand instanceof Entity) {
    const entity = describeValue(operand);
    if (!operand.exists) return `\`${entity}\` is not among the entities, so it has no attribute \`${name}\``;
    return `\`${entity}\` has no attribute \`${name}\`${andHas(operand.attributes)}`;
  }
  if (operand instanceof CedarRecord) return `the record has no attribute \`${name}\`${andHas(operand)}`;
  return `${expected('an entity or a record', operand)}, so it has no attribute \`${name}\``;
}

/** More than a few names would hide what is said. */
const SHOWN_NAMES = 8;

function andHas(record: CedarRecord): string {
  const names = fieldsOf(record).map(([name]) => `\`${name}\``);
  if (names.length === 0) return '';
  return `; it has ${names.slice(0, SHOWN_NAMES).join(', ')}${names.length > SHOWN_NAMES ? ', …' : ''}`;
}

const OF_SET: ReadonlySet<BinaryOperator> = new Set(['containsAll', 'containsAny']);

export function describeBinaryFailure(operator: BinaryOperator, left: Value, right: Value): string {
  switch (operator) {
    case '+':
    case '-':
    case '*':
      if (isLong(left) && isLong(right)) return `\`${left} ${operator} ${right}\` does not fit 64 bits`;
      return expected('a long', isLong(left) ? right : left);
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (isLong(left)) return expected('a long', right);
      return `\`${describeValue(left)}\` and \`${describeValue(right)}\` have no order: \`${operator}\` compares two longs, two datetimes or two durations`;
    case 'in':
      if (!(left instanceof Entity)) return expected('an entity', left);
      return expected('an entity or a set of entities', right);
    case 'hasTag':
    case 'getTag':
      if (!(left instanceof Entity)) return expected('an entity', left);
      if (typeof right !== 'string') return expected('a string', right);
      return `\`${describeValue(left)}\` has no tag ${describeValue(right)}`;
    case 'contains':
    case 'containsAll':
    case 'containsAny':
      return expected('a set', left instanceof CedarSet && OF_SET.has(operator) ? right : left);
    case '==':
    case '!=':
      return `\`${operator}\` never errs`;
  }
}
