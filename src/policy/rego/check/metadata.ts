/** `rego.metadata.rule()` and `rego.metadata.chain()`: what annotations say of a rule, known before evaluation. */
import type { Annotations, Module, Rule, SchemaAnnotation, Term } from '../syntax.ts';
import type { PlainObject, RegoValue } from '../values/value.ts';
import { groundPrefix } from '../parse/ground.ts';
import { constant, scalar } from './constants.ts';
import type { Metadata } from './resolution.ts';
import type { RuleEntry } from './rule-tree.ts';

type Owned = { readonly annotations: Annotations; readonly path: readonly RegoValue[] };

/** All annotations by what they are of. */
export class AnnotationTable {
  readonly #ofRules = new Map<Rule, Owned[]>();
  readonly #ofDocuments = new Map<string, Owned>();
  readonly #ofPackages = new Map<string, Owned>();
  readonly #ofSubpackages = new Map<string, Owned>();

  constructor(modules: readonly Module[]) {
    for (const module of modules) for (const annotations of module.annotations) this.#add(annotations, module);
  }

  #add(annotations: Annotations, { package: { path: packagePath }, rules }: Module): void {
    if (annotations.scope === 'package' || annotations.scope === 'subpackages') {
      const table = annotations.scope === 'package' ? this.#ofPackages : this.#ofSubpackages;
      table.set(keyOf(packagePath), { annotations, path: packagePath });
      return;
    }
    const rule = rules.find(({ start }) => start > annotations.start);
    if (rule === undefined) return;
    const owned = { annotations, path: [...packagePath, ...pathOf(rule)] };
    if (annotations.scope === 'document') this.#ofDocuments.set(keyOf(owned.path), owned);
    else this.#ofRules.set(rule, [...(this.#ofRules.get(rule) ?? []), owned]);
  }

  /** Of one rule; what it gives is made when it is asked for. */
  metadataOf({ rule, module, path }: RuleEntry): Metadata {
    const own = this.#ofRules.get(rule) ?? [];
    return {
      rule: () => (own[0] === undefined ? {} : annotationsValue(own[0].annotations)),
      chain: () => this.#chain(own, path, module.package.path).map(linkOf),
    };
  }

  /** From the closest to the rule outward. */
  #chain(own: readonly Owned[], path: readonly RegoValue[], packagePath: readonly string[]): readonly Link[] {
    const outer = packagePath.map((_, depth) => this.#ofSubpackages.get(keyOf(packagePath.slice(0, depth + 1))));
    return [
      ...(own.length > 0 ? own.toReversed() : [{ path }]),
      this.#ofDocuments.get(keyOf(path)),
      this.#ofPackages.get(keyOf(packagePath)),
      ...outer.toReversed(),
    ].filter((link) => link !== undefined);
  }
}

type Link = { readonly path: readonly RegoValue[]; readonly annotations?: Annotations };

function linkOf({ path, annotations }: Link): PlainObject {
  return { path, ...(annotations === undefined ? {} : { annotations: annotationsValue(annotations) }) };
}

function keyOf(path: readonly RegoValue[]): string {
  return JSON.stringify(path.map(String));
}

function pathOf({ head }: Rule): readonly RegoValue[] {
  return [head.ref.head.name, ...groundPrefix(head.ref).map(partOf)];
}

function partOf(term: Term): RegoValue {
  switch (term.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return scalar(term).value;
    case 'variable':
    case 'ref':
    case 'call':
    case 'array':
    case 'set':
    case 'object':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'template':
      return constant(null).value;
  }
}

/** Without what was not written. */
function annotationsValue(annotations: Annotations): PlainObject {
  const { scope, title, description, entrypoint, organizations, relatedResources, authors, schemas } = annotations;
  const { custom, labels } = annotations;
  return withoutEmpty({
    scope,
    title,
    entrypoint: entrypoint || undefined,
    description,
    organizations,
    related_resources: relatedResources.map((each) => withoutEmpty({ ref: each.ref, description: each.description })),
    authors: authors.map(({ name, email }) => withoutEmpty({ name, email })),
    schemas: schemas.map(schemaValue),
    custom,
    labels,
  });
}

function schemaValue(schema: SchemaAnnotation): PlainObject {
  const path = refValue(schema.path);
  return schema.kind === 'reference'
    ? { path, schema: refValue(schema.schema) }
    : { path, definition: schema.definition };
}

function refValue({ head, path }: SchemaAnnotation['path']): readonly string[] {
  const first = head.kind === 'variable' ? [head.name] : [];
  return [...first, ...path.flatMap((part) => (part.kind === 'string' ? part.value : []))];
}

function withoutEmpty(properties: { readonly [name: string]: RegoValue | undefined }): PlainObject {
  const kept: { [name: string]: RegoValue } = {};
  for (const [name, value] of Object.entries(properties)) {
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) kept[name] = value;
  }
  return kept;
}
