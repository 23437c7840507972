/** Syntax trees of any shape that Cedar's text form can spell, for property tests. Their places mean nothing. */
import fc from 'fast-check';

import type { EntityUid } from '../entity-uid.ts';
import { type Long, longOf } from '../long.ts';
import { chainNode } from '../parse/chain.ts';
import {
  type ActionConstraint,
  type BinaryOperator,
  type Condition,
  EXTENSION_FUNCTIONS,
  type Expression,
  type ExtensionFunction,
  type Pattern,
  type PolicySyntax,
  type ScopeConstraint,
  type Slot,
} from '../syntax.ts';

const NOWHERE = { start: 0, end: 0 };
const SOURCE = { file: 'arbitrary.cedar', text: '' };

/** Words that are reserved, or a prototype's, or Cedar's in another place, among plain ones. */
const identifiers: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('a', 'b', 'name', 'owner', 'principal', 'context', 'permit', 'when', 'ip', 'contains', 'If'),
  fc.constantFrom('__proto__', 'constructor', 'toString', '_', 'A1', 'inn', 'Action', '__cedar_', 'isEmpty'),
);

const reserved: fc.Arbitrary<string> = fc.constantFrom('if', 'in', 'true', 'else', 'like', '__cedar');

/** Well-formed strings: empty, with quotes, backslashes, wildcards, control characters, beyond the basic plane. */
export const strings: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '*', '\n', '\r', '\0', 'é', '\u{1f600}', '\u202e', 'n', 'x', '{', '}'),
  }),
);

export const longs: fc.Arbitrary<Long> = fc
  .oneof(
    fc.bigInt({ min: -20n, max: 20n }),
    fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)),
  )
  .map((value) => longOf(value) ?? 0);

const names: fc.Arbitrary<string> = fc.oneof({ weight: 3, arbitrary: identifiers }, reserved, strings);

const typeNames: fc.Arbitrary<string> = fc
  .array(identifiers, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('::'));

export const uids: fc.Arbitrary<EntityUid> = fc.record({ type: typeNames, id: strings });

/** No empty literal, and no two next to each other. */
export const patterns: fc.Arbitrary<Pattern> = fc
  .array(fc.option(strings), { maxLength: 6 })
  .map((parts) => parts.filter((part, index) => part === null || (part !== '' && typeof parts[index - 1] !== 'string')))
  .map((parts) => parts.filter((part, index) => part === null || typeof parts[index - 1] !== 'string'));

const paths: fc.Arbitrary<readonly string[]> = fc.oneof(
  names.map((name) => [name]),
  fc.array(identifiers, { minLength: 2, maxLength: 4 }),
);

const operators: fc.Arbitrary<BinaryOperator> = fc.constantFrom<BinaryOperator>(
  ...(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in'] as const),
  ...(['contains', 'containsAll', 'containsAny', 'hasTag', 'getTag'] as const),
);

const functions: fc.Arbitrary<ExtensionFunction> = fc.constantFrom(
  ...(Object.keys(EXTENSION_FUNCTIONS) as ExtensionFunction[]),
);

const leaves: fc.Arbitrary<Expression> = fc.oneof(
  fc.oneof(fc.boolean(), longs, strings).map((value) => ({ span: NOWHERE, kind: 'literal', value }) as const),
  uids.map((uid) => ({ span: NOWHERE, kind: 'entity', uid }) as const),
  fc
    .constantFrom('principal' as const, 'action' as const, 'resource' as const, 'context' as const)
    .map((name) => ({ span: NOWHERE, kind: 'variable', name }) as const),
);

/** Calls have the right number of arguments, or in a few cases another that the text form can spell. */
function callsOf(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc
    .tuple(functions, fc.array(expression, { minLength: 3, maxLength: 3 }), fc.nat({ max: 9 }))
    .map(([name, given, extra]): Expression => {
      const arity = extra === 0 ? 3 : EXTENSION_FUNCTIONS[name].arity;
      return { span: NOWHERE, kind: 'call', name, arguments: given.slice(0, arity) };
    });
}

function recordsOf(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const fields = fc.uniqueArray(fc.record({ name: names, value: expression }), {
    selector: ({ name }) => name,
    maxLength: 4,
  });
  return fields.map((list) => ({ span: NOWHERE, kind: 'record', fields: list }));
}

function compoundsOf(part: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(part, { minLength: 2, maxLength: 4 }))
      .map(([kind, operands]) => chainNode(kind, operands, NOWHERE)),
    fc
      .tuple(fc.constantFrom('not' as const, 'negate' as const, 'isEmpty' as const), part)
      .map(([kind, operand]) => ({ span: NOWHERE, kind, operand }) as const),
    fc
      .record({ operator: operators, left: part, right: part })
      .map((fields) => ({ span: NOWHERE, kind: 'binary', ...fields }) as const),
    fc
      .record({ condition: part, consequent: part, alternate: part })
      .map((fields) => ({ span: NOWHERE, kind: 'if', ...fields }) as const),
    fc
      .record({ operand: part, name: names })
      .map((fields) => ({ span: NOWHERE, kind: 'attribute', ...fields }) as const),
    fc.record({ operand: part, path: paths }).map((fields) => ({ span: NOWHERE, kind: 'has', ...fields }) as const),
    fc
      .record({ operand: part, pattern: patterns })
      .map((fields) => ({ span: NOWHERE, kind: 'like', ...fields }) as const),
    fc
      .record({ operand: part, entityType: typeNames, in: part }, { requiredKeys: ['operand', 'entityType'] })
      .map((fields) => ({ span: NOWHERE, kind: 'is', ...fields }) as const),
    fc.array(part, { maxLength: 4 }).map((elements) => ({ span: NOWHERE, kind: 'set', elements }) as const),
    recordsOf(part),
    callsOf(part),
  );
}

export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaves, compoundsOf(tie('expression'))),
})).expression;

function constraints(slot: Slot | undefined): fc.Arbitrary<ScopeConstraint> {
  const entity = slot === undefined ? uids : fc.oneof(uids, fc.constant(slot));
  return fc.oneof(
    fc.constant({ span: NOWHERE, kind: 'any' } as const),
    fc
      .record({ kind: fc.constantFrom('==' as const, 'in' as const), entity })
      .map((fields) => ({ span: NOWHERE, ...fields })),
    fc
      .record({ entityType: typeNames, in: entity }, { requiredKeys: ['entityType'] })
      .map((fields) => ({ span: NOWHERE, kind: 'is', ...fields }) as const),
  );
}

const actions: fc.Arbitrary<EntityUid> = fc.record({
  type: fc.oneof(
    fc.constant('Action'),
    typeNames.map((namespace) => `${namespace}::Action`),
  ),
  id: strings,
});

const actionConstraints: fc.Arbitrary<ActionConstraint> = fc.oneof(
  fc.constant({ span: NOWHERE, kind: 'any' } as const),
  actions.map((entity) => ({ span: NOWHERE, kind: '==', entity }) as const),
  fc.array(actions, { maxLength: 3 }).map((entities) => ({ span: NOWHERE, kind: 'in', entities }) as const),
);

const conditions: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constantFrom('when' as const, 'unless' as const),
  body: expressions,
  span: fc.constant(NOWHERE),
});

/** Static policies; with `slots`, also templates. All have the id `policy0`, as parsing one text gives. */
export function policies(options: { readonly slots: boolean } = { slots: false }): fc.Arbitrary<PolicySyntax> {
  return fc.record({
    id: fc.constant('policy0'),
    effect: fc.constantFrom('permit' as const, 'forbid' as const),
    annotations: fc
      .uniqueArray(fc.tuple(fc.oneof(identifiers, reserved), strings), { selector: ([name]) => name, maxLength: 2 })
      .map((entries) => new Map(entries)),
    principal: constraints(options.slots ? '?principal' : undefined),
    action: actionConstraints,
    resource: constraints(options.slots ? '?resource' : undefined),
    conditions: fc.array(conditions, { maxLength: 3 }),
    source: fc.constant(SOURCE),
    span: fc.constant(NOWHERE),
  });
}

/** The tree without the places in the text, which two spellings of one policy do not share. */
export function withoutPlaces(tree: unknown): unknown {
  if (tree instanceof Map) return [...tree];
  if (Array.isArray(tree)) return tree.map(withoutPlaces);
  if (typeof tree !== 'object' || tree === null) return tree;
  const members = Object.entries(tree).filter(([name]) => name !== 'span' && name !== 'source');
  return Object.fromEntries(members.map(([name, value]) => [name, withoutPlaces(value)]));
}
