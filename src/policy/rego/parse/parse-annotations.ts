/** What a `# METADATA` block says, before it is known what it belongs to. */
import type { Node } from 'yaml';

import type { Annotations, AnnotationValue, Ref, SchemaAnnotation } from '../syntax.ts';
import { AnnotationReader } from './annotation-reader.ts';
import type { MetadataBlock } from './metadata-block.ts';
import { parseRefText, parseTermText } from './parse-ref-text.ts';
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';

/** `scope` as it was written, if it was. */
export type WrittenAnnotations = Omit<Annotations, 'scope' | 'target'> & { readonly scope?: string };

/** Undefined where it was refused; names that OPA does not know are passed over, as OPA does. */
export function parseAnnotations(block: MetadataBlock, problems: ProblemList): WrittenAnnotations | undefined {
  const reader = new AnnotationReader(block, problems);
  const fields = reader.fields();
  const text = (name: string): string | undefined => nonEmpty(reader.text(fields.get(name), `\`${name}\``));
  const list = (name: string): readonly unknown[] => reader.items(fields.get(name), `\`${name}\``);
  const entrypoint = fields.get('entrypoint');
  const written = withoutUndefined({
    start: block.start,
    end: block.end,
    scope: text('scope'),
    title: text('title'),
    description: text('description'),
    entrypoint: entrypoint === undefined ? false : reader.truth(entrypoint, '`entrypoint`'),
    organizations: list('organizations').map((node) => reader.text(node, 'an organization') ?? ''),
    relatedResources: list('related_resources').flatMap((node) => parseResource(reader, node)),
    authors: list('authors').flatMap((node) => parseAuthor(reader, node)),
    schemas: list('schemas').flatMap((node) => parseSchema(reader, node, block)),
    compile: parseCompile(reader, fields.get('compile'), block),
    custom: parseValues(reader, fields.get('custom'), '`custom`'),
    labels: parseValues(reader, fields.get('labels'), '`labels`'),
  });
  return reader.isGood ? written : undefined;
}

type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as WithoutUndefined<T>;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function trimmed(reader: AnnotationReader, node: Node | undefined): string | undefined {
  return reader.isText(node) ? nonEmpty(reader.text(node, 'it')?.trim()) : undefined;
}

function parseResource(reader: AnnotationReader, node: unknown): readonly Annotations['relatedResources'][number][] {
  if (reader.isText(node)) {
    const ref = reader.text(node, 'a related resource') ?? '';
    if (ref !== '') return [{ ref }];
  } else if (reader.isMap(node)) {
    const fields = reader.entries(node, 'a related resource');
    const ref = trimmed(reader, fields.get('ref'));
    const description = trimmed(reader, fields.get('description'));
    if (ref !== undefined) return [withoutUndefined({ ref, description })];
  }
  reader.report(
    node,
    'a related resource is a URL, or a map with the URL as `ref`',
    'invalid related-resource definition',
  );
  return [];
}

/** `name <email>`, of which either may be missing, or a map. */
function parseAuthor(reader: AnnotationReader, node: unknown): readonly Annotations['authors'][number][] {
  if (reader.isText(node)) {
    const words = (reader.text(node, 'an author') ?? '').split(/\s+/u).filter((word) => word !== '');
    const last = words.at(-1) ?? '';
    const email = /^<.*>$/u.test(last) ? last.slice(1, -1) : undefined;
    const name = (email === undefined ? words : words.slice(0, -1)).join(' ');
    if (words.length > 0) return [withoutUndefined({ name: nonEmpty(name), email: nonEmpty(email) })];
  } else if (reader.isMap(node)) {
    const fields = reader.entries(node, 'an author');
    const name = trimmed(reader, fields.get('name'));
    const email = trimmed(reader, fields.get('email'));
    if (name !== undefined || email !== undefined) return [withoutUndefined({ name, email })];
  }
  reader.report(node, 'an author is `name <email>`, or a map with `name` or `email`', 'invalid author definition');
  return [];
}

/** A map of one path to `schema.…`, or to a schema itself. */
function parseSchema(reader: AnnotationReader, node: unknown, block: MetadataBlock): readonly SchemaAnnotation[] {
  const [entry] = reader.entries(node, 'a schema');
  const [pathText, value] = entry ?? ['', undefined];
  const path = parseRefText(pathText, block);
  if (path === undefined)
    reader.report(node, `${quote(pathText)} is not the path of a document`, 'invalid document reference');
  else if (value !== undefined && reader.isText(value)) {
    const schema = parseSchemaRef(reader.text(value, 'a schema') ?? '', block);
    if (schema !== undefined) return [{ kind: 'reference', path, schema }];
    reader.report(node, 'a schema is named by a path that begins with `schema`', 'invalid schema reference');
  } else if (value !== undefined && reader.isMap(value)) {
    return [{ kind: 'definition', path, definition: reader.value(value) }];
  } else
    reader.report(
      node,
      `the schema of ${quote(pathText)} is neither a path nor a schema`,
      'invalid schema declaration',
    );
  return [];
}

function parseSchemaRef(text: string, block: MetadataBlock): Ref | undefined {
  const term = parseTermText(text, block);
  if (term?.kind === 'variable' && term.name === 'schema') {
    return { kind: 'ref', start: term.start, end: term.end, head: term, path: [] };
  }
  return term?.kind === 'ref' && term.head.kind === 'variable' && term.head.name === 'schema' ? term : undefined;
}

function parseCompile(
  reader: AnnotationReader,
  node: Node | undefined,
  block: MetadataBlock,
): NonNullable<Annotations['compile']> | undefined {
  if (node === undefined) return undefined;
  const fields = reader.entries(node, '`compile`');
  const unknowns = reader.items(fields.get('unknowns'), '`unknowns`').flatMap((each) => {
    const ref = parseRefText(reader.text(each, 'an unknown') ?? '', block);
    if (ref === undefined) reader.report(each, 'an unknown is a path such as `input.user`', 'invalid unknowns element');
    return ref === undefined ? [] : [ref];
  });
  const mask = fields.get('mask_rule');
  if (mask === undefined) return { unknowns };
  const term = parseTermText(reader.text(mask, '`mask_rule`') ?? '', block);
  if (term?.kind === 'ref') return { unknowns, maskRule: term };
  if (term?.kind === 'variable') {
    return { unknowns, maskRule: { kind: 'ref', start: term.start, end: term.end, head: term, path: [] } };
  }
  reader.report(mask, '`mask_rule` must name a rule', 'invalid mask_rule annotation');
  return { unknowns };
}

function parseValues(
  reader: AnnotationReader,
  node: Node | undefined,
  what: string,
): { readonly [name: string]: AnnotationValue } | undefined {
  if (node === undefined || (reader.isText(node) && reader.text(node, what) === '')) return undefined;
  const values = reader.value(node);
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return values as { readonly [name: string]: AnnotationValue };
  }
  if (values !== null) reader.report(node, `${what} must be a map`);
  return undefined;
}
