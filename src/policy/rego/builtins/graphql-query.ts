/** Parses GraphQL queries (GraphQL October 2021 §2) into the documents that OPA shows. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { commentOf, Cursor, type GraphqlProblem, type Places } from './graphql-cursor.ts';
import type { GraphqlNode } from './graphql-document.ts';

export type GraphqlDocument = { readonly document: GraphqlNode; readonly places: Places };

export function parseQuery(text: string): Result<GraphqlDocument, GraphqlProblem> {
  const cursor = new Cursor(text);
  const { place } = cursor.token;
  const Operations: GraphqlNode[] = [];
  const Fragments: GraphqlNode[] = [];
  while (!cursor.is('<EOF>')) {
    if (cursor.is('{') || cursor.isName('query', 'mutation', 'subscription')) Operations.push(parseOperation(cursor));
    else if (cursor.isName('fragment')) Fragments.push(parseFragment(cursor));
    else cursor.unexpected();
  }
  if (cursor.problem !== undefined) return err(cursor.problem);
  return ok({ document: cursor.node('QueryDocument', place, { Operations, Fragments }), places: cursor.places });
}

function parseOperation(cursor: Cursor): GraphqlNode {
  const first = cursor.token;
  if (cursor.is('{')) {
    return cursor.node('Operation', first.place, { Operation: 'query', SelectionSet: parseSelections(cursor) });
  }
  const Operation = cursor.take().value;
  const Name = cursor.is('Name') ? cursor.take().value : '';
  return cursor.node('Operation', first.place, {
    Operation,
    Name,
    VariableDefinitions: parseVariables(cursor),
    Directives: cursor.directives(false),
    SelectionSet: parseSelections(cursor),
    Comment: commentOf(first),
  });
}

function parseVariables(cursor: Cursor): readonly GraphqlNode[] {
  return cursor.some('(', ')', () => {
    const first = cursor.token;
    const Variable = cursor.variable();
    cursor.expect(':');
    return cursor.node('VariableDefinition', first.place, {
      Variable,
      Type: cursor.type(),
      DefaultValue: cursor.skip('=') ? cursor.value(true) : undefined,
      Directives: cursor.directives(false),
      Comment: commentOf(first),
    });
  }).elements;
}

function parseSelections(cursor: Cursor): readonly GraphqlNode[] {
  if (!cursor.is('{')) cursor.fail(`Expected {, found ${cursor.token.kind}`);
  const parse = (): GraphqlNode => (cursor.is('...') ? parseSpread(cursor) : parseField(cursor));
  return cursor.within(() => cursor.some('{', '}', parse).elements) ?? [];
}

function parseField(cursor: Cursor): GraphqlNode {
  const first = cursor.token;
  const Alias = cursor.name();
  return cursor.node('Field', first.place, {
    Alias,
    Name: cursor.skip(':') ? cursor.name() : Alias,
    Arguments: cursor.arguments(false),
    Directives: cursor.directives(false),
    SelectionSet: cursor.is('{') ? parseSelections(cursor) : undefined,
    Comment: commentOf(first),
  });
}

function parseSpread(cursor: Cursor): GraphqlNode {
  const Comment = commentOf(cursor.take());
  const { place } = cursor.token;
  if (cursor.is('Name') && !cursor.isName('on')) {
    const Name = cursor.name();
    return cursor.node('FragmentSpread', place, { Name, Directives: cursor.directives(false), Comment });
  }
  let TypeCondition = '';
  if (cursor.isName('on')) {
    cursor.take();
    TypeCondition = cursor.name();
  }
  return cursor.node('InlineFragment', place, {
    TypeCondition,
    Directives: cursor.directives(false),
    SelectionSet: parseSelections(cursor),
    Comment,
  });
}

function parseFragment(cursor: Cursor): GraphqlNode {
  const first = cursor.take();
  if (cursor.isName('on')) cursor.unexpected();
  const Name = cursor.name();
  const VariableDefinition = parseVariables(cursor);
  cursor.expectKeyword('on');
  return cursor.node('Fragment', first.place, {
    Name,
    VariableDefinition,
    TypeCondition: cursor.name(),
    Directives: cursor.directives(false),
    SelectionSet: parseSelections(cursor),
    Comment: commentOf(first),
  });
}
