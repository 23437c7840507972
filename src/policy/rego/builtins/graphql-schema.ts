/** Parses GraphQL schemas (GraphQL October 2021 §3) into the documents that OPA shows. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { RegoValue } from '../values/value.ts';
import { commentOf, Cursor, type GraphqlProblem } from './graphql-cursor.ts';
import type { GraphqlNode, Members } from './graphql-document.ts';
import type { Token } from './graphql-lexer.ts';
import type { GraphqlDocument } from './graphql-query.ts';

const KINDS = new Map([
  ['scalar', 'SCALAR'],
  ['type', 'OBJECT'],
  ['interface', 'INTERFACE'],
  ['union', 'UNION'],
  ['enum', 'ENUM'],
  ['input', 'INPUT_OBJECT'],
]);

const LOCATIONS = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
  'SCHEMA',
  'SCALAR',
  'OBJECT',
  'FIELD_DEFINITION',
  'ARGUMENT_DEFINITION',
  'INTERFACE',
  'UNION',
  'ENUM',
  'ENUM_VALUE',
  'INPUT_OBJECT',
  'INPUT_FIELD_DEFINITION',
]);

type Description = { readonly text: string; readonly comment: RegoValue | undefined; readonly token: Token };

export function parseSchema(text: string): Result<GraphqlDocument, GraphqlProblem> {
  const cursor = new Cursor(text);
  const { place } = cursor.token;
  const lists = {
    Schema: [] as GraphqlNode[],
    SchemaExtension: [] as GraphqlNode[],
    Directives: [] as GraphqlNode[],
    Definitions: [] as GraphqlNode[],
    Extensions: [] as GraphqlNode[],
  };
  while (!cursor.is('<EOF>')) {
    const description = parseDescription(cursor);
    const word = cursor.is('Name') ? cursor.token.value : '';
    if (KINDS.has(word)) lists.Definitions.push(parseDefinition(cursor, describing(cursor, description)));
    else if (word === 'schema') lists.Schema.push(parseRoots(cursor, describing(cursor, description)));
    else if (word === 'directive') lists.Directives.push(parseDirective(cursor, describing(cursor, description)));
    else if (word === 'extend') parseExtension(cursor, description, lists);
    else cursor.unexpected();
  }
  if (cursor.problem !== undefined) return err(cursor.problem);
  const Comment = commentOf(cursor.token);
  return ok({ document: cursor.node('SchemaDocument', place, { ...lists, Comment }), places: cursor.places });
}

function parseDescription(cursor: Cursor): Description {
  const { token } = cursor;
  if (token.kind !== 'String' && token.kind !== 'BlockString') return { text: '', comment: undefined, token };
  cursor.take();
  return { text: token.value, comment: commentOf(token), token };
}

/** What stands before a definition, of which the next token is the first. */
function describing(cursor: Cursor, { text, comment }: Description): Members {
  return {
    Description: text,
    BeforeDescriptionComment: comment,
    AfterDescriptionComment: commentOf(cursor.token),
  };
}

/** As `describing`, of members: an empty description is none, and so are its comments. */
function describingMember(cursor: Cursor): Members {
  const description = parseDescription(cursor);
  return describing(cursor, description.text === '' ? { ...description, comment: undefined } : description);
}

function parseDefinition(cursor: Cursor, described: Members): GraphqlNode {
  const Kind = KINDS.get(cursor.take().value) ?? '';
  const { place } = cursor.token;
  const Name = cursor.name();
  const Interfaces = Kind === 'OBJECT' || Kind === 'INTERFACE' ? parseInterfaces(cursor) : [];
  const Directives = cursor.directives(true);
  const members = { ...described, Kind, Name, Interfaces, Directives, ...parseMembers(cursor, Kind) };
  return cursor.node('Definition', place, members);
}

function parseMembers(cursor: Cursor, kind: string): Members {
  switch (kind) {
    case 'OBJECT':
    case 'INTERFACE':
      return braced(cursor, 'Fields', parseField);
    case 'INPUT_OBJECT':
      return braced(cursor, 'Fields', (within) => parseInput(within, 'FieldDefinition'));
    case 'ENUM':
      return braced(cursor, 'EnumValues', parseEnumValue);
    case 'UNION':
      return { Types: parseTypes(cursor) };
    default:
      return {};
  }
}

function braced(cursor: Cursor, name: string, parse: (cursor: Cursor) => GraphqlNode): Members {
  const { elements, end } = cursor.some('{', '}', () => parse(cursor));
  return { [name]: elements, EndOfDefinitionComment: end === undefined ? undefined : commentOf(end) };
}

function parseInterfaces(cursor: Cursor): readonly string[] {
  if (!cursor.isName('implements')) return [];
  cursor.take();
  return separated(cursor, '&', () => cursor.name());
}

function parseTypes(cursor: Cursor): readonly string[] {
  return cursor.skip('=') ? separated(cursor, '|', () => cursor.name()) : [];
}

/** At least one, with a separator before the first or not. */
function separated<T>(cursor: Cursor, separator: '&' | '|', parse: () => T): readonly T[] {
  cursor.skip(separator);
  const elements = [parse()];
  while (cursor.skip(separator)) elements.push(parse());
  return elements;
}

function parseField(cursor: Cursor): GraphqlNode {
  const described = describingMember(cursor);
  const { place } = cursor.token;
  const Name = cursor.name();
  const Arguments = parseArguments(cursor);
  cursor.expect(':');
  const Type = cursor.type();
  return cursor.node('FieldDefinition', place, {
    ...described,
    Name,
    Arguments,
    Type,
    Directives: cursor.directives(true),
  });
}

function parseArguments(cursor: Cursor): readonly GraphqlNode[] {
  return cursor.some('(', ')', () => parseInput(cursor, 'ArgumentDefinition')).elements;
}

function parseInput(cursor: Cursor, type: 'ArgumentDefinition' | 'FieldDefinition'): GraphqlNode {
  const described = describingMember(cursor);
  const { place } = cursor.token;
  const Name = cursor.name();
  cursor.expect(':');
  return cursor.node(type, place, {
    ...described,
    Name,
    Type: cursor.type(),
    DefaultValue: cursor.skip('=') ? cursor.value(true) : undefined,
    Directives: cursor.directives(true),
  });
}

function parseEnumValue(cursor: Cursor): GraphqlNode {
  const described = describingMember(cursor);
  const { place } = cursor.token;
  const Name = cursor.name();
  return cursor.node('EnumValue', place, { ...described, Name, Directives: cursor.directives(true) });
}

function parseRoots(cursor: Cursor, described: Members): GraphqlNode {
  cursor.take();
  const { place } = cursor.token;
  const Directives = cursor.directives(true);
  return cursor.node('SchemaDefinition', place, {
    ...described,
    Directives,
    ...braced(cursor, 'OperationTypes', parseRoot),
  });
}

function parseRoot(cursor: Cursor): GraphqlNode {
  const first = cursor.token;
  if (!cursor.isName('query', 'mutation', 'subscription')) cursor.unexpected();
  const Operation = cursor.take().value;
  cursor.expect(':');
  return cursor.node('OperationType', first.place, { Operation, Type: cursor.name(), Comment: commentOf(first) });
}

function parseDirective(cursor: Cursor, described: Members): GraphqlNode {
  cursor.take();
  cursor.expect('@');
  const { place } = cursor.token;
  const Name = cursor.name();
  const Arguments = parseArguments(cursor);
  const IsRepeatable = cursor.isName('repeatable');
  if (IsRepeatable) cursor.take();
  cursor.expectKeyword('on');
  const Locations = separated(cursor, '|', () => parseLocation(cursor));
  return cursor.node('DirectiveDefinition', place, { ...described, Name, Arguments, IsRepeatable, Locations });
}

function parseLocation(cursor: Cursor): string {
  const name = cursor.expect('Name');
  if (!LOCATIONS.has(name.value)) cursor.unexpected(name);
  return name.value;
}

function parseExtension(
  cursor: Cursor,
  description: Description,
  lists: { readonly SchemaExtension: GraphqlNode[]; readonly Extensions: GraphqlNode[] },
): void {
  if (description.text !== '') cursor.unexpected(description.token);
  const described = { AfterDescriptionComment: commentOf(cursor.take()) };
  if (!cursor.is('Name')) {
    cursor.unexpected();
  } else if (cursor.isName('schema')) {
    const roots = parseRoots(cursor, described);
    if (!hasAny(roots, ['Directives', 'OperationTypes'])) cursor.unexpected();
    lists.SchemaExtension.push(roots);
  } else if (KINDS.has(cursor.token.value)) {
    const definition = parseDefinition(cursor, described);
    if (!hasAny(definition, ['Directives', 'EnumValues', 'Fields', 'Interfaces', 'Types'])) cursor.unexpected();
    lists.Extensions.push(definition);
  } else {
    cursor.unexpected();
  }
}

function hasAny(node: GraphqlNode, names: readonly string[]): boolean {
  return names.some((name) => Object.hasOwn(node, name));
}
