/**
 * GraphQL documents as OPA shows them: objects with these fields, of which lists and nodes are left out when they are
 * empty, and texts, flags and numbers are always there.
 */
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';

export type GraphqlNode = PlainObject;

type Field =
  | 'text'
  | 'flag'
  | 'number'
  | 'texts'
  | 'comment'
  | { readonly node: NodeType }
  | { readonly list: NodeType };

export type NodeType =
  | 'QueryDocument'
  | 'Operation'
  | 'VariableDefinition'
  | 'Fragment'
  | 'Field'
  | 'FragmentSpread'
  | 'InlineFragment'
  | 'Selection'
  | 'Argument'
  | 'Value'
  | 'ChildValue'
  | 'Directive'
  | 'Type'
  | 'SchemaDocument'
  | 'SchemaDefinition'
  | 'OperationType'
  | 'Definition'
  | 'FieldDefinition'
  | 'ArgumentDefinition'
  | 'EnumValue'
  | 'DirectiveDefinition';

const DIRECTIVES = { list: 'Directive' } as const;
const SELECTIONS = { list: 'Selection' } as const;

const DESCRIBED = {
  AfterDescriptionComment: 'comment',
  BeforeDescriptionComment: 'comment',
  Description: 'text',
  Directives: DIRECTIVES,
} as const;

const FIELDS: Readonly<Record<NodeType, Readonly<Record<string, Field>>>> = {
  QueryDocument: { Fragments: { list: 'Fragment' }, Operations: { list: 'Operation' } },
  Operation: {
    Comment: 'comment',
    Directives: DIRECTIVES,
    Name: 'text',
    Operation: 'text',
    SelectionSet: SELECTIONS,
    VariableDefinitions: { list: 'VariableDefinition' },
  },
  VariableDefinition: {
    Comment: 'comment',
    DefaultValue: { node: 'Value' },
    Directives: DIRECTIVES,
    Type: { node: 'Type' },
    Used: 'flag',
    Variable: 'text',
  },
  Fragment: {
    Comment: 'comment',
    Directives: DIRECTIVES,
    Name: 'text',
    SelectionSet: SELECTIONS,
    TypeCondition: 'text',
    VariableDefinition: { list: 'VariableDefinition' },
  },
  Field: {
    Alias: 'text',
    Arguments: { list: 'Argument' },
    Comment: 'comment',
    Directives: DIRECTIVES,
    Name: 'text',
    SelectionSet: SELECTIONS,
  },
  FragmentSpread: { Comment: 'comment', Directives: DIRECTIVES, Name: 'text' },
  InlineFragment: { Comment: 'comment', Directives: DIRECTIVES, SelectionSet: SELECTIONS, TypeCondition: 'text' },
  /** One of the three above, by what it has. */
  Selection: {},
  Argument: { Comment: 'comment', Name: 'text', Value: { node: 'Value' } },
  Value: {
    Children: { list: 'ChildValue' },
    Comment: 'comment',
    ExpectedTypeHasDefault: 'flag',
    Kind: 'number',
    Raw: 'text',
  },
  ChildValue: { Comment: 'comment', Name: 'text', Value: { node: 'Value' } },
  Directive: { Arguments: { list: 'Argument' }, Location: 'text', Name: 'text' },
  Type: { Elem: { node: 'Type' }, NamedType: 'text', NonNull: 'flag' },
  SchemaDocument: {
    Comment: 'comment',
    Definitions: { list: 'Definition' },
    Directives: { list: 'DirectiveDefinition' },
    Extensions: { list: 'Definition' },
    Schema: { list: 'SchemaDefinition' },
    SchemaExtension: { list: 'SchemaDefinition' },
  },
  SchemaDefinition: {
    ...DESCRIBED,
    EndOfDefinitionComment: 'comment',
    OperationTypes: { list: 'OperationType' },
  },
  OperationType: { Comment: 'comment', Operation: 'text', Type: 'text' },
  Definition: {
    ...DESCRIBED,
    BuiltIn: 'flag',
    EndOfDefinitionComment: 'comment',
    EnumValues: { list: 'EnumValue' },
    Fields: { list: 'FieldDefinition' },
    Interfaces: 'texts',
    Kind: 'text',
    Name: 'text',
    Types: 'texts',
  },
  FieldDefinition: {
    ...DESCRIBED,
    Arguments: { list: 'ArgumentDefinition' },
    DefaultValue: { node: 'Value' },
    Name: 'text',
    Type: { node: 'Type' },
  },
  ArgumentDefinition: { ...DESCRIBED, DefaultValue: { node: 'Value' }, Name: 'text', Type: { node: 'Type' } },
  EnumValue: { ...DESCRIBED, Name: 'text' },
  DirectiveDefinition: {
    AfterDescriptionComment: 'comment',
    Arguments: { list: 'ArgumentDefinition' },
    BeforeDescriptionComment: 'comment',
    Description: 'text',
    IsRepeatable: 'flag',
    Locations: 'texts',
    Name: 'text',
  },
};

/** `Kind` of a value. */
export const VALUE_KINDS = [
  'variable',
  'int',
  'float',
  'string',
  'block',
  'boolean',
  'null',
  'enum',
  'list',
  'object',
] as const;

export type ValueKind = (typeof VALUE_KINDS)[number];

export type Members = { readonly [name: string]: RegoValue | undefined };

/** A node of what is known of it: the rest has its default, and what is empty is left out. */
export function makeNode(type: NodeType, members: Members): GraphqlNode {
  const node: { [name: string]: RegoValue } = {};
  for (const [name, field] of Object.entries(FIELDS[type])) {
    const value = members[name] ?? defaultOf(field);
    if (value !== undefined && !isEmpty(value)) node[name] = value;
  }
  return node;
}

function defaultOf(field: Field): RegoValue | undefined {
  if (field === 'text') return '';
  if (field === 'flag') return false;
  return field === 'number' ? 0 : undefined;
}

function isEmpty(value: RegoValue): boolean {
  return isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0;
}

/** A document that a policy hands over as an object; undefined when a field has a value of a wrong type. */
export function readNode(type: NodeType, value: RegoValue): GraphqlNode | undefined {
  if (!isPlainObject(value)) return undefined;
  const actual = type === 'Selection' ? selectionType(value) : type;
  const members: { [name: string]: RegoValue } = {};
  for (const [name, field] of Object.entries(FIELDS[actual])) {
    if (!Object.hasOwn(value, name) || value[name] === null) continue;
    const member = readField(field, value[name] as RegoValue);
    if (member === undefined) return undefined;
    members[name] = member;
  }
  return makeNode(actual, members);
}

export function selectionType(value: PlainObject): 'Field' | 'FragmentSpread' | 'InlineFragment' {
  if (Object.hasOwn(value, 'Alias')) return 'Field';
  if (Object.hasOwn(value, 'TypeCondition') || !Object.hasOwn(value, 'Name')) return 'InlineFragment';
  return Object.hasOwn(value, 'SelectionSet') || Object.hasOwn(value, 'Arguments') ? 'Field' : 'FragmentSpread';
}

function readField(field: Field, value: RegoValue): RegoValue | undefined {
  switch (field) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'texts':
      return isArray(value) && value.every((element) => typeof element === 'string') ? value : undefined;
    case 'comment':
      return isPlainObject(value) ? value : undefined;
    default:
      return 'node' in field ? readNode(field.node, value) : readList(field.list, value);
  }
}

function readList(type: NodeType, value: RegoValue): readonly RegoValue[] | undefined {
  if (!isArray(value)) return undefined;
  const nodes: RegoValue[] = [];
  for (const element of value) {
    const node = readNode(type, element);
    if (node === undefined) return undefined;
    nodes.push(node);
  }
  return nodes;
}

/** The nodes of a list that may have been left out. */
export function nodesAt(node: GraphqlNode, name: string): readonly GraphqlNode[] {
  return Object.hasOwn(node, name) ? (node[name] as readonly GraphqlNode[]) : [];
}

export function nodeAt(node: GraphqlNode, name: string): GraphqlNode | undefined {
  return Object.hasOwn(node, name) ? (node[name] as GraphqlNode) : undefined;
}

export function textAt(node: GraphqlNode, name: string): string {
  return Object.hasOwn(node, name) ? (node[name] as string) : '';
}

export function textsAt(node: GraphqlNode, name: string): readonly string[] {
  return Object.hasOwn(node, name) ? (node[name] as readonly string[]) : [];
}
