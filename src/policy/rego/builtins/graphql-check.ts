/** What a GraphQL schema must hold to (GraphQL October 2021 §3), checked in the order and the words of OPA's library. */
import { quote } from '../values/text.ts';
import type { GraphqlProblem, Places } from './graphql-cursor.ts';
import { makeNode, nodeAt, nodesAt, textAt, textsAt, type GraphqlNode } from './graphql-document.ts';
import { parseSchema } from './graphql-schema.ts';

/** A schema document with every extension in what it extends, and without extensions. */
export type MergedSchema = {
  readonly types: ReadonlyMap<string, GraphqlNode>;
  readonly directives: ReadonlyMap<string, GraphqlNode>;
  /** By operation: the name of the type. */
  readonly roots: ReadonlyMap<string, string>;
};

/** What every schema has (§3.5, §3.13 and §4): its fields do not matter here, only its names and kinds. */
const PRELUDE = `
  scalar Int scalar Float scalar String scalar Boolean scalar ID
  directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @deprecated(reason: String = "No longer supported")
    on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
  directive @specifiedBy(url: String!) on SCALAR
  directive @oneOf on INPUT_OBJECT
  type __Schema { name: String } type __Type { name: String } type __Field { name: String }
  type __InputValue { name: String } type __EnumValue { name: String } type __Directive { name: String }
  enum __TypeKind { SCALAR } enum __DirectiveLocation { QUERY }
`;

const BUILT_IN_DIRECTIVES = new Set(['include', 'skip', 'deprecated', 'specifiedBy', 'defer', 'oneOf']);

class SchemaProblem {
  readonly problem: GraphqlProblem;

  constructor(message: string, place: GraphqlProblem['place']) {
    this.problem = { message, place };
  }
}

/** The schema, or the first problem. */
export function checkSchema(document: GraphqlNode, places: Places): MergedSchema | GraphqlProblem {
  const check = new SchemaCheck(places);
  const found = check.run(document);
  return found?.problem ?? { types: check.types, directives: check.directives, roots: check.roots };
}

type Found = SchemaProblem | undefined;

/** The first thing that is found among many. */
function first<T>(elements: Iterable<T>, find: (element: T) => Found): Found {
  for (const element of elements) {
    const found = find(element);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOf(node: GraphqlNode): string {
  return textAt(node, 'Name');
}

/** Without lists and non-null marks. */
function innerName(type: GraphqlNode | undefined): string {
  let inner = type;
  for (let next = inner; next !== undefined; next = nodeAt(next, 'Elem')) inner = next;
  return inner === undefined ? '' : textAt(inner, 'NamedType');
}

function isNonNull(type: GraphqlNode | undefined): boolean {
  return type?.['NonNull'] === true;
}

export function typeText(type: GraphqlNode | undefined): string {
  if (type === undefined) return '';
  const name = textAt(type, 'NamedType');
  return (name === '' ? `[${typeText(nodeAt(type, 'Elem'))}]` : name) + (isNonNull(type) ? '!' : '');
}

const OUTPUT_KINDS = ['SCALAR', 'OBJECT', 'INTERFACE', 'UNION', 'ENUM'];
const INPUT_KINDS = ['SCALAR', 'ENUM', 'INPUT_OBJECT'];

class SchemaCheck {
  readonly #places: Places;
  readonly types = new Map<string, GraphqlNode>();
  readonly directives = new Map<string, GraphqlNode>();
  readonly roots = new Map<string, string>();
  readonly #builtIn = new Set<string>();

  constructor(places: Places) {
    this.#places = places;
    const prelude = parseSchema(PRELUDE);
    if (!prelude.ok) return;
    for (const definition of nodesAt(prelude.value.document, 'Definitions')) {
      this.types.set(nameOf(definition), definition);
      this.#builtIn.add(nameOf(definition));
    }
    for (const directive of nodesAt(prelude.value.document, 'Directives')) {
      this.directives.set(nameOf(directive), directive);
    }
  }

  run(document: GraphqlNode): Found {
    return (
      first(nodesAt(document, 'Definitions'), (definition) => this.#addType(definition)) ??
      first(nodesAt(document, 'Extensions'), (extension) => this.#extendType(extension)) ??
      first(nodesAt(document, 'Directives'), (directive) => this.#addDirective(directive)) ??
      this.#checkRoots(document) ??
      first(this.#sorted(this.types), (definition) => this.#checkDefinition(definition)) ??
      this.#checkCircles() ??
      first(this.#sorted(this.directives), (directive) => this.#checkDirectiveDefinition(directive))
    );
  }

  #sorted(nodes: ReadonlyMap<string, GraphqlNode>): readonly GraphqlNode[] {
    return [...nodes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
  }

  #problem(node: GraphqlNode | undefined, message: string): SchemaProblem {
    return new SchemaProblem(message, node === undefined ? undefined : this.#places.get(node));
  }

  #kindOf(name: string): string {
    const type = this.types.get(name);
    return type === undefined ? '' : textAt(type, 'Kind');
  }

  #addType(definition: GraphqlNode): Found {
    const name = nameOf(definition);
    if (this.types.has(name)) return this.#problem(definition, `Cannot redeclare type ${name}.`);
    this.types.set(name, definition);
    return undefined;
  }

  #extendType(extension: GraphqlNode): Found {
    const name = nameOf(extension);
    const kind = textAt(extension, 'Kind');
    const base = this.types.get(name) ?? makeNode('Definition', { Kind: kind, Name: name });
    const baseKind = textAt(base, 'Kind');
    if (baseKind !== kind) {
      const message = `Cannot extend type ${name} because the base type is a ${baseKind}, not ${kind}.`;
      return this.#problem(extension, message);
    }
    const lists = ['Directives', 'EnumValues', 'Fields'].map((list) => [
      list,
      [...nodesAt(base, list), ...nodesAt(extension, list)],
    ]);
    const texts = ['Interfaces', 'Types'].map((list) => [list, [...textsAt(base, list), ...textsAt(extension, list)]]);
    const merged = makeNode('Definition', { ...base, ...Object.fromEntries([...lists, ...texts]) });
    const place = this.#places.get(base) ?? this.#places.get(extension);
    if (place !== undefined) this.#places.set(merged, place);
    this.types.set(name, merged);
    return undefined;
  }

  #addDirective(directive: GraphqlNode): Found {
    const name = nameOf(directive);
    if (this.directives.has(name) && !BUILT_IN_DIRECTIVES.has(name)) {
      return this.#problem(directive, `Cannot redeclare directive ${name}.`);
    }
    this.directives.set(name, directive);
    return undefined;
  }

  #checkRoots(document: GraphqlNode): Found {
    const [, second] = nodesAt(document, 'Schema');
    if (second !== undefined) {
      return this.#problem(second, 'Cannot have multiple schema entry points, consider schema extensions instead.');
    }
    const schemas = [...nodesAt(document, 'Schema'), ...nodesAt(document, 'SchemaExtension')];
    const found = first(schemas, (schema) => this.#checkRoot(schema));
    if (found !== undefined || nodesAt(document, 'Schema').length > 0) return found;
    for (const name of ['Query', 'Mutation', 'Subscription']) {
      const operation = name.toLowerCase();
      if (this.types.has(name) && !this.roots.has(operation)) this.roots.set(operation, name);
    }
    return undefined;
  }

  #checkRoot(schema: GraphqlNode): Found {
    const missing = first(nodesAt(schema, 'OperationTypes'), (root) => {
      const [operation, name] = [textAt(root, 'Operation'), textAt(root, 'Type')];
      this.roots.set(operation, name);
      if (this.types.has(name)) return undefined;
      return this.#problem(root, `Schema root ${operation} refers to a type ${name} that does not exist.`);
    });
    return missing ?? this.#checkDirectives(nodesAt(schema, 'Directives'), 'SCHEMA');
  }

  #checkName(node: GraphqlNode): Found {
    const name = nameOf(node);
    if (!name.startsWith('__')) return undefined;
    const message = `Name "${name}" must not begin with "__", which is reserved by GraphQL introspection.`;
    return this.#problem(node, message);
  }

  #checkDefinition(definition: GraphqlNode): Found {
    const kind = textAt(definition, 'Kind');
    const location = kind === 'INPUT_OBJECT' ? 'INPUT_FIELD_DEFINITION' : 'FIELD_DEFINITION';
    return (
      first(nodesAt(definition, 'Fields'), (field) => this.#checkField(field, location)) ??
      first(textsAt(definition, 'Types'), (name) => this.#checkUnionMember(definition, name)) ??
      first(textsAt(definition, 'Interfaces'), (name) => this.#checkImplements(definition, name)) ??
      this.#checkKind(definition, kind) ??
      this.#checkDuplicates(definition) ??
      (this.#builtIn.has(nameOf(definition)) ? undefined : this.#checkName(definition)) ??
      this.#checkDirectives(nodesAt(definition, 'Directives'), kind, '', false)
    );
  }

  #checkField(field: GraphqlNode, location: string): Found {
    return (
      this.#checkName(field) ??
      this.#checkType(nodeAt(field, 'Type')) ??
      this.#checkArguments(nodesAt(field, 'Arguments')) ??
      this.#checkDirectives(nodesAt(field, 'Directives'), location)
    );
  }

  #checkType(type: GraphqlNode | undefined): Found {
    const name = innerName(type);
    return this.types.has(name) ? undefined : this.#problem(type, `Undefined type ${name}.`);
  }

  #checkArguments(nodes: readonly GraphqlNode[], within: string = ''): Found {
    return first(nodes, (argument) => {
      const type = nodeAt(argument, 'Type');
      const found = this.#checkName(argument) ?? this.#checkType(type);
      if (found !== undefined) return found;
      const kind = this.#kindOf(innerName(type));
      if (!INPUT_KINDS.includes(kind)) {
        const text = typeText(type);
        const message = `cannot use ${text} as argument ${nameOf(argument)} because ${kind} is not a valid input type`;
        return this.#problem(argument, message);
      }
      return this.#checkDirectives(nodesAt(argument, 'Directives'), 'ARGUMENT_DEFINITION', within);
    });
  }

  #checkUnionMember(definition: GraphqlNode, name: string): Found {
    if (!this.types.has(name)) return this.#problem(definition, `Undefined type ${quote(name)}.`);
    if (this.#kindOf(name) === 'OBJECT') return undefined;
    return this.#problem(definition, `${textAt(definition, 'Kind')} type ${quote(name)} must be OBJECT.`);
  }

  #checkKind(definition: GraphqlNode, kind: string): Found {
    const title = `${kind} ${nameOf(definition)}`;
    const fields = nodesAt(definition, 'Fields');
    switch (kind) {
      case 'OBJECT':
      case 'INTERFACE':
        if (fields.length === 0) return this.#problem(definition, `${title}: must define one or more fields.`);
        return this.#checkFieldKinds(fields, OUTPUT_KINDS, () => title);
      case 'INPUT_OBJECT':
        if (fields.length === 0) return this.#problem(definition, `${title}: must define one or more input fields.`);
        return this.#checkFieldKinds(fields, INPUT_KINDS, (field, fieldKind) => `${fieldKind} ${nameOf(field)}`);
      case 'ENUM':
        return this.#checkEnum(definition, title);
      default:
        return undefined;
    }
  }

  #checkFieldKinds(
    fields: readonly GraphqlNode[],
    kinds: readonly string[],
    titleOf: (field: GraphqlNode, kind: string) => string,
  ): Found {
    return first(fields, (field) => {
      const kind = this.#kindOf(innerName(nodeAt(field, 'Type')));
      if (kinds.includes(kind)) return undefined;
      return this.#problem(field, `${titleOf(field, kind)}: field must be one of ${kinds.join(', ')}.`);
    });
  }

  #checkEnum(definition: GraphqlNode, title: string): Found {
    const values = nodesAt(definition, 'EnumValues');
    if (values.length === 0) return this.#problem(definition, `${title}: must define one or more unique enum values.`);
    return first(values, (value) => {
      const name = nameOf(value);
      if (['true', 'false', 'null'].includes(name)) {
        return this.#problem(definition, `${title}: non-enum value ${name}.`);
      }
      return this.#checkDirectives(nodesAt(value, 'Directives'), 'ENUM_VALUE');
    });
  }

  #checkDuplicates(definition: GraphqlNode): Found {
    const name = nameOf(definition);
    const again = (list: string, what: string): Found => {
      const seen = new Set<string>();
      return first(nodesAt(definition, list), (node) => {
        if (seen.has(nameOf(node)))
          return this.#problem(node, `${what} ${name}.${nameOf(node)} can only be defined once.`);
        seen.add(nameOf(node));
        return undefined;
      });
    };
    const types = textsAt(definition, 'Types');
    const twice = types.find((type, index) => types.indexOf(type) !== index);
    const union = `Union type ${name} can only include type ${twice ?? ''} once.`;
    return (
      again('Fields', 'Field') ??
      again('EnumValues', 'Enum value') ??
      (twice === undefined ? undefined : this.#problem(definition, union))
    );
  }

  #checkDirectiveDefinition(directive: GraphqlNode): Found {
    return this.#checkName(directive) ?? this.#checkArguments(nodesAt(directive, 'Arguments'), nameOf(directive));
  }

  /** `within`: the directive that is being defined. `once`: all stand in one place, where most may not stand twice. */
  #checkDirectives(
    directives: readonly GraphqlNode[],
    location: string,
    within: string = '',
    once: boolean = true,
  ): Found {
    const seen = new Set<string>();
    return first(directives, (directive) => {
      const name = nameOf(directive);
      const reserved = this.#checkName(directive);
      if (reserved !== undefined) return reserved;
      if (within === name) return this.#problem(directive, `Directive ${name} cannot refer to itself.`);
      const definition = this.directives.get(name);
      if (definition === undefined) return this.#problem(directive, `Undefined directive ${name}.`);
      if (once && seen.has(name) && definition['IsRepeatable'] !== true) {
        return this.#problem(directive, `The directive ${name} can only be used once at this location.`);
      }
      seen.add(name);
      if (!textsAt(definition, 'Locations').includes(location)) {
        return this.#problem(directive, `Directive ${name} is not applicable on ${location}.`);
      }
      return this.#checkDirectiveArguments(directive, definition);
    });
  }

  #checkDirectiveArguments(directive: GraphqlNode, definition: GraphqlNode): Found {
    const name = nameOf(directive);
    const given = new Map(nodesAt(directive, 'Arguments').map((argument) => [nameOf(argument), argument]));
    const known = nodesAt(definition, 'Arguments');
    const unknown = first(given.values(), (argument) => {
      if (known.some((parameter) => nameOf(parameter) === nameOf(argument))) return undefined;
      return this.#problem(argument, `Undefined argument ${nameOf(argument)} for directive ${name}.`);
    });
    return (
      unknown ??
      first(known, (parameter) => {
        if (!isNonNull(nodeAt(parameter, 'Type')) || Object.hasOwn(parameter, 'DefaultValue')) return undefined;
        const argument = given.get(nameOf(parameter));
        const value = argument === undefined ? undefined : nodeAt(argument, 'Value');
        if (value !== undefined && value['Kind'] !== NULL_KIND) return undefined;
        return this.#problem(directive, `Argument ${nameOf(parameter)} for directive ${name} cannot be null.`);
      })
    );
  }

  #checkImplements(definition: GraphqlNode, name: string): Found {
    const target = this.types.get(name);
    if (target === undefined) return this.#problem(definition, `Undefined type ${quote(name)}.`);
    const kind = textAt(target, 'Kind');
    if (kind !== 'INTERFACE') return this.#problem(definition, `${quote(name)} is a non interface type ${kind}.`);
    return (
      first(nodesAt(target, 'Fields'), (field) => this.#checkImplementedField(definition, name, field)) ??
      first(textsAt(target, 'Interfaces'), (further) => this.#checkFurther(definition, name, further))
    );
  }

  #checkFurther(definition: GraphqlNode, name: string, further: string): Found {
    if (textsAt(definition, 'Interfaces').includes(further)) return undefined;
    const own = nameOf(definition);
    const message =
      further === own
        ? `Type ${own} cannot implement ${name} because it would create a circular reference.`
        : `Type ${own} must implement ${further} because it is implemented by ${name}.`;
    return this.#problem(definition, message);
  }

  #checkImplementedField(definition: GraphqlNode, name: string, wanted: GraphqlNode): Found {
    const start = `For ${nameOf(definition)} to implement ${name}`;
    const field = nodesAt(definition, 'Fields').find((candidate) => nameOf(candidate) === nameOf(wanted));
    if (field === undefined) {
      return this.#problem(definition, `${start} it must have a field called ${nameOf(wanted)}.`);
    }
    const type = nodeAt(wanted, 'Type');
    if (!this.#isCovariant(type, nodeAt(field, 'Type'))) {
      return this.#problem(field, `${start} the field ${nameOf(wanted)} must have type ${typeText(type)}.`);
    }
    const same = `${start} the field ${nameOf(wanted)} must have the same arguments but`;
    const given = nodesAt(field, 'Arguments');
    const missing = first(nodesAt(wanted, 'Arguments'), (parameter) => {
      const argument = given.find((candidate) => nameOf(candidate) === nameOf(parameter));
      if (argument === undefined) return this.#problem(field, `${same} it is missing ${nameOf(parameter)}.`);
      if (isCompatible(nodeAt(parameter, 'Type'), nodeAt(argument, 'Type'))) return undefined;
      return this.#problem(argument, `${same} ${nameOf(parameter)} has the wrong type.`);
    });
    return (
      missing ??
      first(given, (argument) => {
        const isWanted = nodesAt(wanted, 'Arguments').some((parameter) => nameOf(parameter) === nameOf(argument));
        const isOptional = !isNonNull(nodeAt(argument, 'Type')) || Object.hasOwn(argument, 'DefaultValue');
        if (isWanted || isOptional) return undefined;
        const rest = `must be optional or have a default value but ${nameOf(argument)} is required.`;
        return this.#problem(argument, `${start} any additional arguments on ${nameOf(field)} ${rest}`);
      })
    );
  }

  #isCovariant(wanted: GraphqlNode | undefined, actual: GraphqlNode | undefined): boolean {
    if (wanted === undefined || actual === undefined || (isNonNull(wanted) && !isNonNull(actual))) return false;
    const [name, actualName] = [textAt(wanted, 'NamedType'), textAt(actual, 'NamedType')];
    if (name === '') return this.#isCovariant(nodeAt(wanted, 'Elem'), nodeAt(actual, 'Elem'));
    return name === actualName || this.#isPossible(name, actualName);
  }

  /** Whether an object or interface is of a union, or implements an interface. */
  #isPossible(abstract: string, name: string): boolean {
    const [union, type] = [this.types.get(abstract), this.types.get(name)];
    if (union !== undefined && textsAt(union, 'Types').includes(name)) return true;
    return type !== undefined && textsAt(type, 'Interfaces').includes(abstract);
  }

  /** Input objects that need themselves (§3.10). */
  #checkCircles(): Found {
    const done = new Set<string>();
    const path: GraphqlNode[] = [];
    const depths = new Map<string, number>();
    const visit = (type: GraphqlNode): Found => {
      const name = nameOf(type);
      if (done.has(name)) return undefined;
      done.add(name);
      depths.set(name, path.length);
      const found = first(nodesAt(type, 'Fields'), (field) => {
        const next = isNonNull(nodeAt(field, 'Type')) ? textAt(nodeAt(field, 'Type') ?? {}, 'NamedType') : '';
        const target = this.types.get(next);
        if (target === undefined || textAt(target, 'Kind') !== 'INPUT_OBJECT') return undefined;
        path.push(field);
        const from = depths.get(next);
        const circle = from === undefined ? visit(target) : this.#circle(next, path.slice(from));
        path.pop();
        return circle;
      });
      depths.delete(name);
      return found;
    };
    const inputs = this.#sorted(this.types).filter((type) => textAt(type, 'Kind') === 'INPUT_OBJECT');
    return first(inputs, visit);
  }

  #circle(name: string, fields: readonly GraphqlNode[]): SchemaProblem {
    const path = fields.map(nameOf).join('.');
    const start = `Cannot reference Input Object ${quote(name)} within itself`;
    return this.#problem(fields[0], `${start} through a series of non-null fields: ${quote(path)}.`);
  }
}

/** `Kind` of the value `null`. */
const NULL_KIND = 6;

function isCompatible(wanted: GraphqlNode | undefined, actual: GraphqlNode | undefined): boolean {
  if (wanted === undefined || actual === undefined) return wanted === actual;
  if (textAt(wanted, 'NamedType') !== textAt(actual, 'NamedType')) return false;
  const [element, actualElement] = [nodeAt(wanted, 'Elem'), nodeAt(actual, 'Elem')];
  if (element !== undefined && !isCompatible(element, actualElement)) return false;
  return !isNonNull(actual) || isNonNull(wanted);
}
