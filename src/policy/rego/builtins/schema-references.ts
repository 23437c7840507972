/** Where the `$ref`s of a JSON schema lead: into the schema itself, since nothing is fetched. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { entriesOf, getOfObject } from '../values/access.ts';
import { quote } from '../values/text.ts';
import { isArray, isPlainObject, type RegoValue } from '../values/value.ts';

/** Schemas within each other: beyond it, whoever walks them would run out of stack. */
export const MAX_SCHEMA_DEPTH = 500;

/** Members that hold no schemas, or schemas under names that mean nothing. */
const LITERAL = new Set(['const', 'enum']);
const NAMED = new Set(['properties', 'dependencies', 'patternProperties']);

export class SchemaReferences {
  /** By their absolute ids; the root's is empty. */
  readonly #schemas = new Map<string, RegoValue>();
  /** What the ids and references in a schema are relative to. */
  readonly #bases = new Map<RegoValue, string>();

  constructor(root: RegoValue) {
    this.#schemas.set('', root);
    this.#collect(root, '');
  }

  /** What lies deeper than schemas may is not looked at. */
  #collect(value: RegoValue, base: string, depth: number = 0): void {
    if (depth > 2 * MAX_SCHEMA_DEPTH) return;
    if (isArray(value)) {
      for (const element of value) this.#collect(element, base, depth + 1);
      return;
    }
    if (!isPlainObject(value)) return;
    const id = getOfObject(value, 'id') ?? getOfObject(value, '$id');
    const own = typeof id === 'string' ? resolve(base, id) : base;
    if (typeof id === 'string' && !this.#schemas.has(own)) this.#schemas.set(own, value);
    this.#bases.set(value, own);
    for (const [name, member] of entriesOf(value)) {
      if (LITERAL.has(name as string)) continue;
      if (!NAMED.has(name as string)) this.#collect(member, own, depth + 1);
      else if (isPlainObject(member)) for (const [, schema] of entriesOf(member)) this.#collect(schema, own, depth + 1);
    }
  }

  /** The name of what a schema refers to: the same for the same. */
  nameOf(schema: RegoValue, reference: string): string {
    return resolve(this.#bases.get(schema) ?? '', reference);
  }

  find(name: string): Result<RegoValue, string> {
    const known = this.#schemas.get(name);
    if (known !== undefined) return ok(known);
    const hash = name.indexOf('#');
    const document = this.#schemas.get(hash === -1 ? name : name.slice(0, hash));
    if (document !== undefined) return followPointer(document, decodeFragment(name.slice(hash + 1)));
    if (!/^[a-z][a-z0-9+.-]*:/iu.test(name)) return err(`Reference ${name} must be canonical`);
    return err(`remote reference loading disabled: ${quote(name)}`);
  }
}

function resolve(base: string, reference: string): string {
  const [document = ''] = base.split('#');
  if (reference.startsWith('#')) return reference === '#' ? document : document + reference;
  if (URL.canParse(reference)) return reference.replace(/#$/u, '');
  if (!URL.canParse(document)) return reference.replace(/#$/u, '');
  return new URL(reference, document).href.replace(/#$/u, '');
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** RFC 6901; a name that no schema has for its id leads to the whole document, as in OPA. */
function followPointer(document: RegoValue, pointer: string): Result<RegoValue, string> {
  if (!pointer.startsWith('/')) return ok(document);
  let value = document;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = isArray(value) ? value[Number(name)] : isPlainObject(value) ? getOfObject(value, name) : undefined;
    if (next === undefined) return err(missing(value, name));
    value = next;
  }
  return ok(value);
}

function missing(value: RegoValue, name: string): string {
  if (isPlainObject(value)) return `Object has no key '${name}'`;
  return isArray(value) ? `Out of bound array[0,${value.length}] index '${name}'` : `Invalid token reference '${name}'`;
}
