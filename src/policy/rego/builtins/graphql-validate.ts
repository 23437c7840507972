/** Queries held against a schema by the rules of the GraphQL specification (§5). One file for the library graphql. */
import {
  buildASTSchema,
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownFragmentNamesRule,
  KnownTypeNamesRule,
  LoneAnonymousOperationRule,
  MaxIntrospectionDepthRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  PossibleFragmentSpreadsRule,
  ProvidedRequiredArgumentsRule,
  ScalarLeafsRule,
  SingleFieldSubscriptionsRule,
  UniqueArgumentNamesRule,
  UniqueDirectivesPerLocationRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  validate,
  ValuesOfCorrectTypeRule,
  VariablesAreInputTypesRule,
  VariablesInAllowedPositionRule,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

import type { MergedSchema } from './graphql-check.ts';
import type { GraphqlProblem, Places } from './graphql-cursor.ts';
import { nodesAt, textAt, type GraphqlNode } from './graphql-document.ts';
import { placeOf, toQueryTree, toSchemaTree } from './graphql-tree.ts';

/** Those of OPA's library: the ones for executable documents, and none that is not in the specification yet. */
const RULES = [
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownFragmentNamesRule,
  KnownTypeNamesRule,
  LoneAnonymousOperationRule,
  MaxIntrospectionDepthRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  PossibleFragmentSpreadsRule,
  ProvidedRequiredArgumentsRule,
  ScalarLeafsRule,
  SingleFieldSubscriptionsRule,
  UniqueArgumentNamesRule,
  UniqueDirectivesPerLocationRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  ValuesOfCorrectTypeRule,
  VariablesAreInputTypesRule,
  VariablesInAllowedPositionRule,
];

export type ValidatingSchema = { readonly schema: GraphQLSchema; readonly roots: ReadonlyMap<string, string> };

/** Of a schema that has been checked; the library does not check it again. */
export function prepareSchema(merged: MergedSchema): ValidatingSchema {
  const tree = toSchemaTree(merged) as unknown as DocumentNode;
  return { schema: buildASTSchema(tree, { assumeValid: true, assumeValidSDL: true }), roots: merged.roots };
}

/** All problems, in the order in which the document is gone through. */
export function validateQuery(
  { schema, roots }: ValidatingSchema,
  document: GraphqlNode,
  places: Places,
): readonly GraphqlProblem[] {
  const rootless = nodesAt(document, 'Operations').filter((operation) => !roots.has(textAt(operation, 'Operation')));
  const problems = rootless.map((operation): GraphqlProblem => {
    const message = `Schema does not support operation type "${textAt(operation, 'Operation')}"`;
    return { message, place: places.get(operation) };
  });
  const errors = validate(schema, toQueryTree(document, places) as unknown as DocumentNode, RULES);
  return [...problems, ...errors.map(({ message, nodes }) => ({ message, place: placeOf(nodes?.[0]) }))];
}
