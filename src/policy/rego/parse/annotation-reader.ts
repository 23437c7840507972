/** Reads the YAML of a `# METADATA` block: values by the types that they must have, and mistakes with their places. */
import { isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml';

import type { AnnotationValue } from '../syntax.ts';
import type { MetadataBlock } from './metadata-block.ts';
import type { ProblemList } from './problem-list.ts';

const TRUE = /^(?:y|yes|true|on)$/iu;
const FALSE = /^(?:n|no|false|off)$/iu;

export class AnnotationReader {
  readonly #block: MetadataBlock;
  readonly #document: Document;
  readonly #problems: ProblemList;
  /** Whether nothing was reported. */
  isGood = true;

  constructor(block: MetadataBlock, problems: ProblemList) {
    this.#block = block;
    this.#problems = problems;
    // Integers keep their digits; `<<` merges, as in the YAML that OPA reads.
    this.#document = parseDocument(block.yaml, { intAsBigInt: true, merge: true, logLevel: 'silent' });
    for (const error of this.#document.errors) this.#reportAt(error.pos[0], describeError(error.message));
    if (block.yaml.trim() === '') this.#reportAt(0, 'a block of metadata is empty');
  }

  /** The values of the outermost map, by their names; empty where it is none, which is reported. */
  fields(): ReadonlyMap<string, Node> {
    return this.isGood ? this.entries(this.#document.contents, 'metadata') : new Map();
  }

  entries(node: unknown, what: string): ReadonlyMap<string, Node> {
    const entries = new Map<string, Node>();
    const target = this.#resolve(node);
    if (!isMap(target)) {
      this.report(node, `${what} must be a map`);
      return entries;
    }
    for (const { key, value } of target.items) {
      if (isScalar(key) && isName(key.value)) {
        if (value !== null) entries.set(String(key.value), value as Node);
      } else this.report(node, `a name in ${what} must be a text`);
    }
    return entries;
  }

  items(node: unknown, what: string): readonly unknown[] {
    const target = this.#resolve(node);
    if (isSeq(target)) return target.items;
    if (!isNull(target)) this.report(node, `${what} must be a list`);
    return [];
  }

  /** Any scalar as it is written; undefined for null. */
  text(node: unknown, what: string): string | undefined {
    const target = this.#resolve(node);
    if (isNull(target)) return undefined;
    if (!isScalar(target)) {
      this.report(node, `${what} must be a text`);
      return undefined;
    }
    return typeof target.value === 'string' ? target.value : (target.source ?? String(target.value));
  }

  truth(node: unknown, what: string): boolean {
    const target = this.#resolve(node);
    if (isScalar(target)) {
      if (typeof target.value === 'boolean') return target.value;
      if (typeof target.value === 'string' && TRUE.test(target.value)) return true;
      if (target.value === null || (typeof target.value === 'string' && FALSE.test(target.value))) return false;
    }
    this.report(node, `${what} must be \`true\` or \`false\``);
    return false;
  }

  isText(node: unknown): boolean {
    const target = this.#resolve(node);
    return isScalar(target) && typeof target.value === 'string';
  }

  isMap(node: unknown): boolean {
    return isMap(this.#resolve(node));
  }

  /** Anything that JSON has. */
  value(node: Node): AnnotationValue {
    try {
      return this.#plain(node, node.toJS(this.#document));
    } catch (error) {
      // The YAML library throws where aliases would make a small text a huge value.
      this.report(node, error instanceof Error ? describeError(error.message) : 'a value cannot be read');
      return null;
    }
  }

  #plain(node: Node, value: unknown): AnnotationValue {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    if (typeof value === 'number' && !Number.isFinite(value)) this.report(node, `${value} is not a number in JSON`);
    if (typeof value !== 'object' || value === null) return value as AnnotationValue;
    if (Array.isArray(value)) return value.map((each) => this.#plain(node, each));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#plain(node, each)]));
  }

  report(node: unknown, message: string, opa?: string): void {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    this.#reportAt(Array.isArray(range) ? Number(range[0]) : 0, message, opa);
  }

  #reportAt(offset: number, message: string, opa?: string): void {
    this.isGood = false;
    const { yaml, lines, start, end } = this.#block;
    const line = yaml.slice(0, offset).split('\n').length - 1;
    const hint = 'metadata is YAML in the comments below `# METADATA`';
    const at = lines[line] ?? lines.at(-1) ?? start;
    this.#problems.add({ code: 'rego/bad-metadata', message, hint, opa, start: at, end: lines[line + 1] ?? end });
  }

  #resolve(node: unknown): unknown {
    return typeof node === 'object' && node !== null && 'resolve' in node && typeof node.resolve === 'function'
      ? (node.resolve(this.#document) as unknown)
      : node;
  }
}

/** What YAML reads a name as: `true` and `1` may be names, too. */
function isName(value: unknown): value is string | number | bigint | boolean {
  return typeof value !== 'object' && value !== undefined;
}

function isNull(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The library's first line: the rest shows the text. */
function describeError(message: string): string {
  const [line = ''] = message.split('\n');
  const sentence = line.replace(/ at line \d+, column \d+:?$/u, '');
  return `the metadata is not YAML: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}
