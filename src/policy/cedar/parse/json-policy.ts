/** One policy in Cedar's JSON form. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { EntityUid } from '../entity-uid.ts';
import type { ActionConstraint, Condition, PolicySource, ScopeConstraint, ScopeEntity } from '../syntax.ts';
import { expressionReader } from './expression-reader.ts';
import { readExpression } from './json-expression.ts';
import { elementsOf, entityOf, membersOf, NO_ENTITY, refuseKind, stringOf, typeNameOf } from './json-members.ts';
import type { JsonNode } from './json-tree.ts';
import { isActionType, isWord } from './names.ts';
import type { UnnamedPolicy } from './parse-policy.ts';
import type { Report } from './problem-list.ts';
import { quote, quoteList } from './quote.ts';

/** Undefined after reporting that it lacks a field, or has one that policies do not have. */
export function readPolicy(node: JsonNode, source: PolicySource, report: Report): UnnamedPolicy | undefined {
  const required = ['effect', 'principal', 'action', 'resource', 'conditions'] as const;
  const members = membersOf(node, 'a policy', required, report, ['annotations']);
  if (members === undefined) return undefined;
  return {
    effect: readEffect(members.effect, report),
    annotations: members.annotations === undefined ? new Map() : readAnnotations(members.annotations, report),
    principal: readConstraint(members.principal, 'principal', report),
    action: readActionConstraint(members.action, report),
    resource: readConstraint(members.resource, 'resource', report),
    conditions: readConditions(members.conditions, report),
    source,
    span: node.span,
  };
}

/** One of the words; the first after reporting any other. */
function wordOf<Word extends string>(
  node: JsonNode,
  what: string,
  words: readonly [Word, ...Word[]],
  report: Report,
): Word {
  const text = stringOf(node, what, report);
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  const nearest = nearestName(text, words);
  const hint = nearest === undefined ? undefined : `did you mean ${quote(nearest)}?`;
  if (node.kind === 'string')
    report('cedar/bad-json', `${what} is ${quoteList(words)}, not ${quote(text)}`, node.span, hint);
  return words[0];
}

function readEffect(node: JsonNode, report: Report): 'permit' | 'forbid' {
  return wordOf(node, 'the effect of a policy', ['forbid', 'permit'], report);
}

/** `null` is an annotation without a value, which is one with an empty value. */
function readAnnotations(node: JsonNode, report: Report): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  if (node.kind !== 'object') refuseKind(node, 'the annotations', 'an object', report);
  for (const { name, nameSpan, value } of node.kind === 'object' ? node.members : []) {
    if (!isWord(name))
      report(
        'cedar/bad-json',
        `${quote(name)} cannot name an annotation`,
        nameSpan,
        'a name has letters, digits and `_` only',
      );
    annotations.set(name, value.kind === 'null' ? '' : stringOf(value, 'the value of an annotation', report));
  }
  return annotations;
}

function readConditions(node: JsonNode, report: Report): readonly Condition[] {
  return elementsOf(node, 'the conditions', report).flatMap((element) => {
    const members = membersOf(element, 'a condition', ['kind', 'body'], report);
    if (members === undefined) return [];
    const kind = wordOf(members.kind, 'the kind of a condition', ['when', 'unless'], report);
    const body = readExpression(members.body, 1, expressionReader(report));
    return [{ kind, body, span: element.span }];
  });
}

type Part = 'principal' | 'resource';

const OPERATORS = ['All', 'all', '==', 'in', 'is'] as const;

/** The operator of a constraint; undefined after reporting. */
function operatorOf(node: JsonNode, part: Part | 'action', report: Report): (typeof OPERATORS)[number] | undefined {
  if (node.kind !== 'object') refuseKind(node, `the ${part} of the scope`, 'an object', report);
  if (node.kind !== 'object') return undefined;
  const operator = node.members.find(({ name }) => name === 'op')?.value;
  if (operator !== undefined) return wordOf(operator, `the operator of the ${part}`, OPERATORS, report);
  report('cedar/missing-field', `the ${part} of the scope lacks \`op\``, node.span);
  return undefined;
}

function readConstraint(node: JsonNode, part: Part, report: Report): ScopeConstraint {
  const { span } = node;
  const any: ScopeConstraint = { span, kind: 'any' };
  const operator = operatorOf(node, part, report);
  switch (operator) {
    case undefined:
      return any;
    case 'All':
    case 'all':
      membersOf(node, `the ${part} of the scope`, ['op'], report);
      return any;
    case '==':
    case 'in': {
      const members = membersOf(node, `the ${part} of the scope`, ['op'], report, ['entity', 'slot']);
      return members === undefined
        ? any
        : { span, kind: operator, entity: readEntityOrSlot(members, node, part, report) };
    }
    case 'is': {
      const members = membersOf(node, `the ${part} of the scope`, ['op', 'entity_type'], report, ['in']);
      if (members === undefined) return any;
      const entityType = typeNameOf(members.entity_type, report);
      if (members.in === undefined) return { span, kind: 'is', entityType };
      const inner = membersOf(members.in, `the \`in\` of the ${part}`, [], report, ['entity', 'slot']);
      const entity = inner === undefined ? NO_ENTITY : readEntityOrSlot(inner, members.in, part, report);
      return { span, kind: 'is', entityType, in: entity };
    }
  }
}

function readEntityOrSlot(
  { entity, slot }: { readonly entity?: JsonNode; readonly slot?: JsonNode },
  { span }: JsonNode,
  part: Part,
  report: Report,
): ScopeEntity {
  if (entity !== undefined && slot === undefined) return entityOf(entity, report);
  if (slot === undefined || entity !== undefined) {
    report('cedar/bad-json', `the ${part} of the scope has either \`entity\` or \`slot\``, span);
    return NO_ENTITY;
  }
  const name = stringOf(slot, 'a slot', report);
  if (slot.kind === 'string' && name !== `?${part}`) {
    report(
      'cedar/misplaced-slot',
      `the slot ${quote(name)} cannot stand here`,
      slot.span,
      `the slot of this place is \`?${part}\``,
    );
  }
  return `?${part}`;
}

function readActionConstraint(node: JsonNode, report: Report): ActionConstraint {
  const { span } = node;
  const any: ActionConstraint = { span, kind: 'any' };
  const operator = operatorOf(node, 'action', report);
  switch (operator) {
    case undefined:
      return any;
    case 'All':
    case 'all':
      membersOf(node, 'the action of the scope', ['op'], report);
      return any;
    case '==': {
      const members = membersOf(node, 'the action of the scope', ['op', 'entity'], report);
      return members === undefined ? any : { span, kind: '==', entity: readAction(members.entity, report) };
    }
    case 'in': {
      const members = membersOf(node, 'the action of the scope', ['op'], report, ['entity', 'entities']);
      return members === undefined ? any : { span, kind: 'in', entities: readActions(members, node, report) };
    }
    case 'is':
      report(
        'cedar/bad-scope',
        'the action cannot be tested by its type',
        span,
        'all actions are of the type `Action`',
      );
      return any;
  }
}

function readActions(
  { entity, entities }: { readonly entity?: JsonNode; readonly entities?: JsonNode },
  { span }: JsonNode,
  report: Report,
): readonly EntityUid[] {
  if ((entity === undefined) === (entities === undefined)) {
    report('cedar/bad-json', 'the action of the scope has either `entity` or `entities`', span);
    return [];
  }
  const nodes = entities === undefined ? [entity] : elementsOf(entities, 'the actions of the scope', report);
  return nodes.flatMap((action) => (action === undefined ? [] : [readAction(action, report)]));
}

function readAction(node: JsonNode, report: Report): EntityUid {
  const uid = entityOf(node, report);
  if (uid !== NO_ENTITY && !isActionType(uid.type)) {
    const hint = 'actions are of the type `Action`, or of `Action` in a namespace';
    report('cedar/bad-scope', `${quote(uid.type)} is not a type of actions`, node.span, hint);
  }
  return uid;
}
