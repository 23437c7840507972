/** First phase: the text of one file to YAML nodes that know where they are written. Never throws, bounded. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';

import type { SourceSpan } from '../../kernel/source-span.ts';
import { MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, MAX_YAML_ERRORS } from './limits.ts';
import { quote } from './quote.ts';
import type { Report, YamlEntry, YamlNode, YamlScalar } from './yaml-node.ts';

export type PolicyFile = {
  /** As the user named it, relative to the folder that was given. */
  readonly file: string;
  readonly text: string;
};

/**
 * The documents of a file, empty ones left out. What is wrong is reported as `mesh/file-too-large`, `/bad-yaml`,
 * `/duplicate-key`, `/too-deep` or `/too-many-nodes`; a document with such a problem is left out as well.
 */
export function parseFile({ file, text }: PolicyFile, report: Report): readonly YamlNode[] {
  const place: SourceSpan = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_FILE_BYTES) {
    const message = `a policy file has at most ${MAX_FILE_BYTES} bytes, this one has ${bytes}`;
    report({ code: 'mesh/file-too-large', message, hint: 'split it into several files', at: place });
    return [];
  }
  // A byte order mark is no character of the first line; with it, every column there would be off by one.
  const body = text.startsWith('\u{feff}') ? text.slice(1) : text;
  const lines = new LineCounter();
  const reader = new Reader(file, body, lines, report);
  try {
    const documents = parseAllDocuments(body, {
      lineCounter: lines,
      logLevel: 'silent',
      prettyErrors: false,
      resolveKnownTags: false,
      // The library compares every key with every other; `Reader` uses a set.
      uniqueKeys: false,
    });
    return [...documents].flatMap((document) => reader.document(document));
  } catch (error) {
    // The library is not known to throw; should some text make it, the text is refused like any other that is not YAML.
    const message = `the text cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`;
    report({ code: 'mesh/bad-yaml', message, at: place });
    return [];
  }
}

/** Turns the nodes of the library into ours, with aliases resolved. */
class Reader {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #report: Report;
  readonly #anchors = new Map<string, { readonly node: YamlNode; readonly size: number }>();
  #nodes = 0;
  #failed = false;

  constructor(file: string, text: string, lines: LineCounter, report: Report) {
    this.#file = file;
    this.#text = text;
    this.#lines = lines;
    this.#report = report;
  }

  document(document: Document.Parsed): YamlNode[] {
    this.#failed = false;
    this.#anchors.clear();
    for (const { message, pos } of [...document.errors, ...document.warnings].slice(0, MAX_YAML_ERRORS)) {
      const text = message.charAt(0).toLowerCase() + message.slice(1);
      this.#fail('mesh/bad-yaml', text.replace(/\.$/u, ''), this.#span(pos[0], pos[1]));
    }
    const contents: Node | null = document.contents;
    if (this.#failed || contents === null) return [];
    if (isScalar(contents) && contents.value === null) return [];
    const node = this.#node(contents, 0);
    return this.#failed || node === undefined ? [] : [node];
  }

  #node(node: Node, depth: number): YamlNode | undefined {
    const span = this.#spanOf(node);
    const before = this.#nodes;
    this.#nodes += 1;
    if (depth > MAX_DEPTH) return this.#fail('mesh/too-deep', `YAML is nested more than ${MAX_DEPTH} deep`, span);
    if (this.#nodes > MAX_NODES) return this.#tooMany(span);
    const read = this.#content(node, span, depth);
    const anchor = isAlias(node) ? undefined : node.anchor;
    // Registered after its content: an alias within it refers to itself, and is then unknown.
    if (anchor !== undefined && read !== undefined) {
      this.#anchors.set(anchor, { node: read, size: this.#nodes - before });
    }
    return read;
  }

  #content(node: Node, span: SourceSpan, depth: number): YamlNode | undefined {
    if (isAlias(node)) {
      const found = this.#anchors.get(node.source);
      if (found === undefined) {
        return this.#fail('mesh/bad-yaml', `no anchor ${quote(`&${node.source}`)} is written before this alias`, span);
      }
      this.#nodes += found.size;
      return this.#nodes > MAX_NODES ? this.#tooMany(span) : found.node;
    }
    if (isMap(node)) return { kind: 'map', span, entries: this.#entries(node, depth) };
    if (isSeq(node)) {
      const items: YamlNode[] = [];
      for (const item of node.items) {
        const read = this.#node(item as Node, depth + 1);
        if (read === undefined) return undefined;
        items.push(read);
      }
      return { kind: 'list', span, items };
    }
    const { value, source } = node;
    return { kind: 'scalar', span, value: value as YamlScalar['value'], source: source ?? String(value) };
  }

  #entries(map: YAMLMap, depth: number): YamlEntry[] {
    const entries: YamlEntry[] = [];
    const seen = new Set<string>();
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key)) {
        this.#fail('mesh/bad-yaml', 'a key is a plain text here', this.#spanOf(key));
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      const keySpan = this.#spanOf(key);
      if (seen.has(name)) this.#fail('mesh/duplicate-key', `the key ${quote(name)} is written twice`, keySpan);
      seen.add(name);
      const read = value === null ? undefined : this.#node(value, depth + 1);
      if (read !== undefined) entries.push({ key: name, keySpan, value: read });
      else if (value === null) {
        entries.push({ key: name, keySpan, value: { kind: 'scalar', span: keySpan, value: null, source: '' } });
      }
      if (this.#failed && this.#nodes > MAX_NODES) break;
    }
    return entries;
  }

  #tooMany(span: SourceSpan): undefined {
    if (this.#failed) return undefined;
    const message = `a policy file has at most ${MAX_NODES} YAML nodes, aliases counted at each use`;
    return this.#fail('mesh/too-many-nodes', message, span);
  }

  #fail(code: string, message: string, at: SourceSpan): undefined {
    this.#failed = true;
    this.#report({ code, message, at });
    return undefined;
  }

  #spanOf(node: Node): SourceSpan {
    return this.#span(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
  }

  #span(start: number, end: number): SourceSpan {
    let last = Math.min(end, this.#text.length);
    // A block ends behind its last line break; what is pointed at ends with its last character.
    while (last > start && /\s/u.test(this.#text.charAt(last - 1))) last -= 1;
    const from = this.#lines.linePos(start);
    const to = this.#lines.linePos(last);
    return { file: this.#file, line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
  }
}
