/** The documents that OPA shows as the syntax trees that the library graphql works on. */
import type { MergedSchema } from './graphql-check.ts';
import type { Places } from './graphql-cursor.ts';
import { nodeAt, nodesAt, selectionType, textAt, textsAt, VALUE_KINDS, type GraphqlNode } from './graphql-document.ts';
import type { Place } from './graphql-lexer.ts';

/** A node of the library, by the names that it gives to kinds and members; `place` is ours. */
export type Tree = { readonly kind: string; readonly place?: Place | undefined; readonly [member: string]: unknown };

export function placeOf(tree: unknown): Place | undefined {
  return (tree as { readonly place?: Place } | undefined)?.place;
}

/** Nodes that a policy made have no places, and those of a schema need none. */
const NOWHERE: Places = new WeakMap();

function nameTree(value: string, place: Place | undefined): Tree {
  return { kind: 'Name', value, place };
}

class TreeMaker {
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  #tree(node: GraphqlNode, kind: string, members: Readonly<Record<string, unknown>>): Tree {
    return { kind, place: this.#places.get(node), ...members };
  }

  #name(node: GraphqlNode, member: string = 'Name'): Tree | undefined {
    const value = textAt(node, member);
    return value === '' ? undefined : nameTree(value, this.#places.get(node));
  }

  operation(node: GraphqlNode): Tree {
    return this.#tree(node, 'OperationDefinition', {
      operation: textAt(node, 'Operation'),
      name: this.#name(node),
      variableDefinitions: nodesAt(node, 'VariableDefinitions').map((variable) => this.#variable(variable)),
      directives: this.directives(node),
      selectionSet: this.#selections(node),
    });
  }

  fragment(node: GraphqlNode): Tree {
    return this.#tree(node, 'FragmentDefinition', {
      name: this.#name(node),
      typeCondition: this.#namedType(node, 'TypeCondition'),
      directives: this.directives(node),
      selectionSet: this.#selections(node),
    });
  }

  #variable(node: GraphqlNode): Tree {
    const name = nameTree(textAt(node, 'Variable'), this.#places.get(node));
    return this.#tree(node, 'VariableDefinition', {
      variable: this.#tree(node, 'Variable', { name }),
      type: this.type(nodeAt(node, 'Type')),
      defaultValue: this.value(nodeAt(node, 'DefaultValue')),
      directives: this.directives(node),
    });
  }

  #selections(node: GraphqlNode): Tree | undefined {
    const selections = nodesAt(node, 'SelectionSet').map((selection) => this.#selection(selection));
    return selections.length === 0 ? undefined : this.#tree(node, 'SelectionSet', { selections });
  }

  #selection(node: GraphqlNode): Tree {
    switch (selectionType(node)) {
      case 'Field':
        return this.#field(node);
      case 'FragmentSpread':
        return this.#tree(node, 'FragmentSpread', { name: this.#name(node), directives: this.directives(node) });
      case 'InlineFragment':
        return this.#tree(node, 'InlineFragment', {
          typeCondition: this.#namedType(node, 'TypeCondition'),
          directives: this.directives(node),
          selectionSet: this.#selections(node),
        });
    }
  }

  #field(node: GraphqlNode): Tree {
    const hasAlias = textAt(node, 'Alias') !== textAt(node, 'Name');
    return this.#tree(node, 'Field', {
      alias: hasAlias ? this.#name(node, 'Alias') : undefined,
      name: nameTree(textAt(node, 'Name'), this.#places.get(node)),
      arguments: this.#arguments(node),
      directives: this.directives(node),
      selectionSet: this.#selections(node),
    });
  }

  #arguments(node: GraphqlNode): readonly Tree[] {
    return nodesAt(node, 'Arguments').map((argument) =>
      this.#tree(argument, 'Argument', { name: this.#name(argument), value: this.value(nodeAt(argument, 'Value')) }),
    );
  }

  directives(node: GraphqlNode): readonly Tree[] {
    return nodesAt(node, 'Directives').map((directive) =>
      this.#tree(directive, 'Directive', { name: this.#name(directive), arguments: this.#arguments(directive) }),
    );
  }

  #namedType(node: GraphqlNode, member: string): Tree | undefined {
    const name = this.#name(node, member);
    return name === undefined ? undefined : this.#tree(node, 'NamedType', { name });
  }

  type(node: GraphqlNode | undefined): Tree | undefined {
    if (node === undefined) return undefined;
    const inner = Object.hasOwn(node, 'Elem')
      ? this.#tree(node, 'ListType', { type: this.type(nodeAt(node, 'Elem')) })
      : this.#namedType(node, 'NamedType');
    return node['NonNull'] === true ? this.#tree(node, 'NonNullType', { type: inner }) : inner;
  }

  value(node: GraphqlNode | undefined): Tree | undefined {
    if (node === undefined) return undefined;
    const value = textAt(node, 'Raw');
    const kind = VALUE_KINDS[node['Kind'] as number] ?? 'null';
    switch (kind) {
      case 'variable':
        return this.#tree(node, 'Variable', { name: nameTree(value, this.#places.get(node)) });
      case 'int':
        return this.#tree(node, 'IntValue', { value });
      case 'float':
        return this.#tree(node, 'FloatValue', { value });
      case 'string':
      case 'block':
        return this.#tree(node, 'StringValue', { value, block: kind === 'block' });
      case 'boolean':
        return this.#tree(node, 'BooleanValue', { value: value === 'true' });
      case 'null':
        return this.#tree(node, 'NullValue', {});
      case 'enum':
        return this.#tree(node, 'EnumValue', { value });
      case 'list': {
        const values = nodesAt(node, 'Children').map((child) => this.value(nodeAt(child, 'Value')));
        return this.#tree(node, 'ListValue', { values });
      }
      case 'object': {
        const fields = nodesAt(node, 'Children').map((child) =>
          this.#tree(child, 'ObjectField', { name: this.#name(child), value: this.value(nodeAt(child, 'Value')) }),
        );
        return this.#tree(node, 'ObjectValue', { fields });
      }
    }
  }

  definition(node: GraphqlNode): Tree {
    const fields = nodesAt(node, 'Fields');
    return this.#tree(node, KIND_NAMES.get(textAt(node, 'Kind')) ?? '', {
      name: this.#name(node),
      directives: this.directives(node),
      interfaces: textsAt(node, 'Interfaces').map((name) => typeNamed(name)),
      types: textsAt(node, 'Types').map((name) => typeNamed(name)),
      values: nodesAt(node, 'EnumValues').map((value) =>
        this.#tree(value, 'EnumValueDefinition', { name: this.#name(value), directives: this.directives(value) }),
      ),
      fields: fields.map((field) =>
        textAt(node, 'Kind') === 'INPUT_OBJECT' ? this.#input(field) : this.#output(field),
      ),
    });
  }

  #output(node: GraphqlNode): Tree {
    return this.#tree(node, 'FieldDefinition', {
      name: this.#name(node),
      arguments: nodesAt(node, 'Arguments').map((argument) => this.#input(argument)),
      type: this.type(nodeAt(node, 'Type')),
      directives: this.directives(node),
    });
  }

  #input(node: GraphqlNode): Tree {
    return this.#tree(node, 'InputValueDefinition', {
      name: this.#name(node),
      type: this.type(nodeAt(node, 'Type')),
      defaultValue: this.value(nodeAt(node, 'DefaultValue')),
      directives: this.directives(node),
    });
  }

  directiveDefinition(node: GraphqlNode): Tree {
    return this.#tree(node, 'DirectiveDefinition', {
      name: this.#name(node),
      arguments: nodesAt(node, 'Arguments').map((argument) => this.#input(argument)),
      repeatable: node['IsRepeatable'] === true,
      locations: textsAt(node, 'Locations').map((name) => nameTree(name, undefined)),
    });
  }
}

const KIND_NAMES: ReadonlyMap<string, string> = new Map([
  ['SCALAR', 'ScalarTypeDefinition'],
  ['OBJECT', 'ObjectTypeDefinition'],
  ['INTERFACE', 'InterfaceTypeDefinition'],
  ['UNION', 'UnionTypeDefinition'],
  ['ENUM', 'EnumTypeDefinition'],
  ['INPUT_OBJECT', 'InputObjectTypeDefinition'],
]);

function typeNamed(name: string): Tree {
  return { kind: 'NamedType', name: nameTree(name, undefined) };
}

export function toQueryTree(document: GraphqlNode, places: Places): Tree {
  const maker = new TreeMaker(places);
  const operations = nodesAt(document, 'Operations').map((operation) => maker.operation(operation));
  const fragments = nodesAt(document, 'Fragments').map((fragment) => maker.fragment(fragment));
  return { kind: 'Document', definitions: [...operations, ...fragments] };
}

/** What the library has of itself: scalars and introspection. */
const OWN_TYPES = /^(?:Int|Float|String|Boolean|ID|__.*)$/u;

export function toSchemaTree({ types, directives, roots }: MergedSchema): Tree {
  const maker = new TreeMaker(NOWHERE);
  const operationTypes = Array.from(roots, ([operation, name]) => ({
    kind: 'OperationTypeDefinition',
    operation,
    type: typeNamed(name),
  }));
  const schema = operationTypes.length === 0 ? [] : [{ kind: 'SchemaDefinition', directives: [], operationTypes }];
  const own = [...types.values()].filter((type) => !OWN_TYPES.test(textAt(type, 'Name')));
  const definitions = [...own.map((type) => maker.definition(type))];
  return {
    kind: 'Document',
    definitions: [
      ...schema,
      ...definitions,
      ...Array.from(directives.values(), (directive) => maker.directiveDefinition(directive)),
    ],
  };
}
