/** Reads JSON schemas, refusing what OPA refuses, in its words. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { entriesOf, getOfObject } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { compareNumbers } from '../values/number.ts';
import {
  isArray,
  isNumber,
  isPlainObject,
  type PlainObject,
  type RegoNumber,
  type RegoValue,
} from '../values/value.ts';
import { compileRegex } from './regex-pattern.ts';
import type { Draft, SchemaNode } from './schema-node.ts';
import { MAX_SCHEMA_DEPTH, SchemaReferences } from './schema-references.ts';

const DRAFTS: ReadonlyMap<string, Draft> = new Map([
  ['http://json-schema.org/draft-04/schema', 4],
  ['http://json-schema.org/draft-06/schema', 6],
  ['http://json-schema.org/draft-07/schema', 7],
]);

const TYPES = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];

export function compileSchema(schema: RegoValue): Result<SchemaNode, string> {
  const draft = draftOf(schema);
  if (!draft.ok) return draft;
  const compiler = new SchemaCompiler(draft.value, new SchemaReferences(schema));
  const node = compiler.schema(schema);
  return compiler.problem === undefined ? ok(node) : err(compiler.problem);
}

function draftOf(schema: RegoValue): Result<Draft, string> {
  if (typeof schema === 'boolean') return ok('hybrid');
  if (!isPlainObject(schema)) return err('schema is invalid');
  const url = getOfObject(schema, '$schema');
  if (url === undefined) return ok('hybrid');
  if (typeof url !== 'string') return err('$schema must be of type string');
  return ok(DRAFTS.get(url.replace(/#$/u, '')) ?? 'hybrid');
}

function invalidType(expected: string, given: string): string {
  return `Invalid type. Expected: ${expected}, given: ${given}`;
}

/** What is missing when the value of a keyword must be one. */
type SchemaError = (keyword: string) => string;

const NOT_A_SCHEMA: SchemaError = () => 'Expected: Valid Schema, given: Invalid JSON';
const NOT_AN_OBJECT: SchemaError = (keyword) => `${keyword} must be of an object`;

/** The first one in every draft, the others since draft 7. */
const PARTS = [
  { keyword: 'not', part: 'not' },
  { keyword: 'if', part: 'condition' },
  { keyword: 'then', part: 'consequence' },
  { keyword: 'else', part: 'alternative' },
] as const;

class SchemaCompiler {
  readonly #draft: Draft;
  readonly #references: SchemaReferences;
  readonly #byName = new Map<string, SchemaNode>();
  #depth = 0;
  /** The first one; what is read after it does not count. */
  problem: string | undefined;

  constructor(draft: Draft, references: SchemaReferences) {
    this.#draft = draft;
    this.#references = references;
  }

  #fail(problem: string): undefined {
    this.problem ??= problem;
    return undefined;
  }

  /** Into `node`, which others may refer to already. */
  schema(value: RegoValue, node: SchemaNode = {}): SchemaNode {
    if (this.problem !== undefined) return node;
    this.#depth += 1;
    if (this.#depth > MAX_SCHEMA_DEPTH)
      this.#fail(`more than ${MAX_SCHEMA_DEPTH} schemas within each other are too many`);
    else if (typeof value === 'boolean' && this.#draft !== 4) node.always = value;
    else if (isPlainObject(value)) this.#object(value, node);
    else this.#fail(NOT_A_SCHEMA(''));
    this.#depth -= 1;
    return node;
  }

  #object(value: PlainObject, node: SchemaNode): void {
    this.#text(value, this.#draft === 4 ? 'id' : '$id');
    this.#definitions(value);
    for (const keyword of ['title', 'description']) this.#text(value, keyword);
    const reference = this.#text(value, '$ref');
    if (this.problem !== undefined) return;
    if (reference !== undefined) {
      node.reference = this.#reference(this.#references.nameOf(value, reference));
      return;
    }
    this.#types(value, node);
    this.#properties(value, node);
    this.#items(value, node);
    this.#numbers(value, node);
    this.#strings(value, node);
    this.#counts(value, node);
    this.#values(value, node);
    this.#combinations(value, node);
  }

  #reference(name: string): SchemaNode {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const node: SchemaNode = {};
    this.#byName.set(name, node);
    const target = this.#references.find(name);
    if (!target.ok) this.#fail(target.problem);
    else if (typeof target.value === 'boolean' || isPlainObject(target.value)) this.schema(target.value, node);
    else this.#fail('Valid Schema must be of type object');
    return node;
  }

  #text(value: PlainObject, keyword: string): string | undefined {
    const text = getOfObject(value, keyword);
    if (text === undefined || typeof text === 'string') return text;
    return this.#fail(invalidType('string', keyword));
  }

  #list(value: PlainObject, keyword: string): readonly RegoValue[] | undefined {
    const list = getOfObject(value, keyword);
    if (list === undefined || isArray(list)) return list;
    return this.#fail(`${keyword} must be of an array`);
  }

  /** The schema of a keyword, if it is there: an object, or true or false. */
  #child(value: PlainObject, keyword: string, wrong: SchemaError): SchemaNode | undefined {
    const child = getOfObject(value, keyword);
    if (child === undefined) return undefined;
    return isPlainObject(child) || typeof child === 'boolean' ? this.schema(child) : this.#fail(wrong(keyword));
  }

  #definitions(value: PlainObject): void {
    const definitions = getOfObject(value, 'definitions');
    if (definitions === undefined) return;
    const wrong = invalidType('Array Of Schemas', 'definitions');
    if (!isPlainObject(definitions)) this.#fail(wrong);
    else {
      for (const [, schema] of entriesOf(definitions)) {
        if (isPlainObject(schema) || typeof schema === 'boolean') this.schema(schema);
        else this.#fail(wrong);
      }
    }
  }

  #types(value: PlainObject, node: SchemaNode): void {
    const type = getOfObject(value, 'type');
    if (type === undefined) return;
    const types: string[] = [];
    for (const name of isArray(type) ? type : [type]) {
      if (typeof name !== 'string') return this.#fail(invalidType('type', 'string/Array Of Strings'));
      if (!TYPES.includes(name)) {
        const valid = `Expected valid values are:[${TYPES.join(' ')}]`;
        return this.#fail(`has a primitive type that is NOT VALID -- given: /${name}/ ${valid}`);
      }
      if (types.includes(name)) return this.#fail(`${name} type is duplicated`);
      types.push(name);
    }
    if (types.length > 0) node.types = types;
  }

  #properties(value: PlainObject, node: SchemaNode): void {
    const properties = getOfObject(value, 'properties');
    if (properties !== undefined && !isPlainObject(properties)) this.#fail('Properties must be of type object');
    if (properties !== undefined && isPlainObject(properties)) {
      node.properties = new Map(
        entriesOf(properties).map(([name, schema]) => [name as string, this.schema(schema)] as const),
      );
    }
    const additional = this.#openness(value, 'additionalProperties');
    if (additional !== undefined) node.additionalProperties = additional;
    this.#patternProperties(value, node);
    if (this.#draft !== 4) {
      const names = this.#child(value, 'propertyNames', () => invalidType('Valid Schema', 'patternProperties'));
      if (names !== undefined) node.propertyNames = names;
    }
    this.#dependencies(value, node);
  }

  #openness(value: PlainObject, keyword: string): boolean | SchemaNode | undefined {
    const open = getOfObject(value, keyword);
    if (open === undefined || typeof open === 'boolean') return open;
    return isPlainObject(open) ? this.schema(open) : this.#fail(invalidType('boolean/Valid Schema', keyword));
  }

  #patternProperties(value: PlainObject, node: SchemaNode): void {
    const patterns = getOfObject(value, 'patternProperties');
    if (patterns === undefined) return;
    if (!isPlainObject(patterns)) return this.#fail(invalidType('Valid Schema', 'patternProperties'));
    node.patternProperties = entriesOf(patterns).flatMap(([name, schema]) => {
      const pattern = compileRegex(name as string);
      if (typeof pattern !== 'string') return [{ pattern, schema: this.schema(schema) }];
      this.#fail(`Invalid regex pattern '${name as string}'`);
      return [];
    });
  }

  #dependencies(value: PlainObject, node: SchemaNode): void {
    const dependencies = getOfObject(value, 'dependencies');
    if (dependencies === undefined) return;
    if (!isPlainObject(dependencies)) return this.#fail('dependencies must be of type object');
    const read = new Map<string, readonly string[] | SchemaNode>();
    for (const [name, dependency] of entriesOf(dependencies)) {
      if (isPlainObject(dependency) || typeof dependency === 'boolean') {
        read.set(name as string, this.schema(dependency));
      } else if (isArray(dependency) && dependency.every((element) => typeof element === 'string')) {
        read.set(name as string, dependency);
      } else {
        this.#fail('Dependency must be of type Schema Or Array Of Strings');
      }
    }
    node.dependencies = read;
  }

  #items(value: PlainObject, node: SchemaNode): void {
    const items = getOfObject(value, 'items');
    const wrong = invalidType('Valid Schema/Array Of Schemas', 'items');
    if (isArray(items ?? null)) {
      node.items = (items as readonly RegoValue[]).map((item) => {
        if (!isPlainObject(item) && typeof item !== 'boolean') this.#fail(wrong);
        return this.schema(item);
      });
    } else {
      const item = this.#child(value, 'items', () => wrong);
      if (item !== undefined) node.items = item;
    }
    const additional = this.#openness(value, 'additionalItems');
    if (additional !== undefined) node.additionalItems = additional;
  }

  #numbers(value: PlainObject, node: SchemaNode): void {
    const multiple = this.#number(value, 'multipleOf', () => invalidType('Number', 'multipleOf'));
    if (multiple !== undefined) {
      if (compareNumbers(multiple, 0) <= 0) this.#fail('multipleOf must be strictly greater than 0');
      node.multipleOf = multiple;
    }
    this.#bound(value, node, 'minimum', 'exclusiveMinimum');
    this.#bound(value, node, 'maximum', 'exclusiveMaximum');
  }

  #number(value: PlainObject, keyword: string, wrong: SchemaError): RegoNumber | undefined {
    const number = getOfObject(value, keyword);
    if (number === undefined || isNumber(number)) return number;
    return this.#fail(wrong(keyword));
  }

  /** Draft 4 says by true that a bound is exclusive, later ones name another bound. */
  #bound(
    value: PlainObject,
    node: SchemaNode,
    keyword: 'minimum' | 'maximum',
    exclusively: 'exclusiveMinimum' | 'exclusiveMaximum',
  ): void {
    const bound = this.#number(value, keyword, () => `${keyword} must be of a Number`);
    if (bound !== undefined) node[keyword] = bound;
    const exclusive = getOfObject(value, exclusively);
    if (exclusive === undefined) return;
    if (typeof exclusive === 'boolean' && (this.#draft === 4 || this.#draft === 'hybrid')) {
      if (bound === undefined) return this.#fail(`${exclusively} cannot be used without ${keyword}`);
      if (!exclusive) return;
      node[exclusively] = bound;
      delete node[keyword];
    } else if (isNumber(exclusive) && this.#draft !== 4) {
      node[exclusively] = exclusive;
    } else {
      const expected = this.#draft === 4 ? 'boolean' : this.#draft === 'hybrid' ? 'boolean/number' : 'number';
      this.#fail(invalidType(expected, exclusively));
    }
  }

  #strings(value: PlainObject, node: SchemaNode): void {
    this.#range(value, node, 'minLength', 'maxLength');
    const text = this.#text(value, 'pattern');
    if (text !== undefined) {
      const regex = compileRegex(text);
      if (typeof regex === 'string') this.#fail('pattern must be a valid regex');
      else node.pattern = { text, regex };
    }
    const format = this.#text(value, 'format');
    if (format !== undefined) node.format = format;
  }

  #counts(value: PlainObject, node: SchemaNode): void {
    this.#range(value, node, 'minProperties', 'maxProperties');
    const required: string[] = [];
    for (const name of this.#list(value, 'required') ?? []) {
      if (typeof name !== 'string') return this.#fail(invalidType('string', 'required'));
      if (required.includes(name)) return this.#fail('required items must be unique');
      required.push(name);
    }
    node.required = required;
    for (const keyword of ['minItems', 'maxItems'] as const) {
      const count = this.#count(value, keyword);
      if (count !== undefined) node[keyword] = count;
    }
    const unique = getOfObject(value, 'uniqueItems');
    if (typeof unique === 'boolean') node.uniqueItems = unique;
    else if (unique !== undefined) this.#fail('uniqueItems must be of a boolean');
    const contains = this.#draft === 4 ? undefined : getOfObject(value, 'contains');
    if (contains !== undefined) node.contains = this.schema(contains);
  }

  #range(
    value: PlainObject,
    node: SchemaNode,
    least: 'minLength' | 'minProperties',
    most: 'maxLength' | 'maxProperties',
  ): void {
    const [from, to] = [this.#count(value, least), this.#count(value, most)];
    if (from !== undefined) node[least] = from;
    if (to !== undefined) node[most] = to;
    if (from !== undefined && to !== undefined && from > to) this.#fail(`${least} cannot be greater than ${most}`);
  }

  #count(value: PlainObject, keyword: string): number | undefined {
    const count = getOfObject(value, keyword);
    if (count === undefined) return undefined;
    if (typeof count !== 'number' || !Number.isInteger(count)) return this.#fail(`${keyword} must be of an integer`);
    return count < 0 ? this.#fail(`${keyword} must be greater than or equal to 0`) : count;
  }

  #values(value: PlainObject, node: SchemaNode): void {
    const constant = this.#draft === 4 ? undefined : getOfObject(value, 'const');
    if (constant !== undefined) node.constant = { value: constant };
    const values = this.#list(value, 'enum');
    if (values === undefined) return;
    const isTwice = values.some((element, index) => values.slice(0, index).some((before) => equal(before, element)));
    if (isTwice) this.#fail('enum items must be unique');
    node.enumeration = values;
  }

  #combinations(value: PlainObject, node: SchemaNode): void {
    for (const keyword of ['oneOf', 'anyOf', 'allOf'] as const) {
      const schemas = this.#list(value, keyword);
      if (schemas !== undefined) node[keyword] = schemas.map((schema) => this.schema(schema));
    }
    const parts = this.#draft === 4 || this.#draft === 6 ? PARTS.slice(0, 1) : PARTS;
    for (const { keyword, part } of parts) {
      const child = this.#child(value, keyword, NOT_AN_OBJECT);
      if (child !== undefined) node[part] = child;
    }
  }
}
