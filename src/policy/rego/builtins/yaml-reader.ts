/** YAML text to values, with the scalars of `go-yaml`: the one file here that knows the library `yaml`. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Alias,
  type Document,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { textOfBytes } from '../values/bytes.ts';
import { setProperty } from '../values/rego-map.ts';
import type { RegoValue } from '../values/value.ts';
import { decodeBase64 } from './base64.ts';
import { formatFloat } from './go-float.ts';
import { CONTROL_CHARACTERS, NOT_ALLOWED, resolveScalar, type Scalar } from './yaml-scalar.ts';

/**
 * The part of the nodes that aliases may stand for, as `go-yaml` bounds it: nearly all of few, a tenth of very many. A
 * bomb of a few lines, which stands for billions, is told after some thousands.
 */
function allowedAliasRatio(nodes: number): number {
  return 0.99 - 0.89 * Math.min(Math.max((nodes - 400_000) / 3_600_000, 0), 1);
}

const MIN_NODES = 1000;
const MIN_ALIASED_NODES = 100;

class Refusal {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

/** The first document of a text all of whose documents are good, or what is wrong as OPA words it. */
export function readYaml(text: string): Result<RegoValue, string> {
  if (NOT_ALLOWED.test(text)) return err(CONTROL_CHARACTERS);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
    lineCounter,
  });
  if (!Array.isArray(documents)) return ok(null);
  for (const { errors, warnings } of documents) {
    const first =
      errors.find(({ message }) => !message.startsWith(TOLERATED)) ??
      warnings.find(({ code }) => code === 'BAD_DIRECTIVE');
    if (first !== undefined) return err(describe(first, lineCounter));
  }
  const [document] = documents as Document.Parsed[];
  if (document === undefined) return ok(null);
  const value = new Reader(document, text).read(document.contents);
  return value instanceof Refusal ? err(value.problem) : ok(value);
}

function describe(error: YAMLError, lines: LineCounter): string {
  const { line } = lines.linePos(error.pos[0]);
  return `yaml: line ${Math.max(line, 1)}: ${WORDS.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message}`;
}

/** What YAML forbids and OPA's library takes: `"a"# comment`. */
const TOLERATED = 'Comments must be separated';

/** What the library says, in the words that users of OPA look up. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Flow sequence .*must|expected flow sequence to end|end with a \]/i, "did not find expected ',' or ']'"],
  [/^Flow map .*must|expected flow map to end|end with a \}/i, "did not find expected ',' or '}'"],
  [/Nested mappings are not allowed|Implicit map keys need/i, 'mapping values are not allowed in this context'],
  [/Missing closing/i, 'found unexpected end of stream'],
  [/Plain value cannot start with/i, 'found character that cannot start any token'],
  [/All mapping items must start|All collection items must start/i, 'did not find expected key'],
  [/sequence items must/i, "did not find expected '-' indicator"],
  [/Unresolved alias/i, 'unknown anchor referenced'],
  [/Invalid escape/i, 'found unknown escape character'],
  [/call stack/i, 'exceeded max depth'],
  [/Unknown directive/i, 'found unknown directive name'],
];

type ParsedScalar = Extract<ParsedNode, { readonly value: unknown }>;

const STANDARD_TAG = 'tag:yaml.org,2002:';

/** What each alias stands for: the last node before it that has its anchor. In one walk: the library walks for each. */
function targetsOf(document: Document.Parsed): ReadonlyMap<unknown, ParsedNode> {
  const [anchors, targets] = [new Map<string, ParsedNode>(), new Map<unknown, ParsedNode>()];
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node as ParsedNode);
      }
    },
  });
  return targets;
}

class Reader {
  readonly #targets: ReadonlyMap<unknown, ParsedNode>;
  readonly #text: string;
  /** Nodes that are being read: an alias of one of them is a circle. */
  readonly #open = new Set<unknown>();
  #nodes = 0;
  #aliasedNodes = 0;
  #aliasDepth = 0;

  constructor(document: Document.Parsed, text: string) {
    this.#targets = targetsOf(document);
    this.#text = text;
  }

  read(node: ParsedNode | null): RegoValue | Refusal {
    this.#nodes += 1;
    if (this.#aliasDepth > 0) this.#aliasedNodes += 1;
    if (this.#isBomb()) return new Refusal('yaml: document contains excessive aliasing');
    if (node === null) return null;
    if (isAlias(node)) return this.#readAlias(node);
    if (isScalar(node)) return this.#readScalar(node);
    if (!isMap(node) && !isSeq(node)) return null;
    this.#open.add(node);
    const value = isMap(node) ? this.#readMap(node) : this.#readItems(node.items);
    this.#open.delete(node);
    return value;
  }

  #isBomb(): boolean {
    const [nodes, aliased] = [this.#nodes, this.#aliasedNodes];
    return nodes > MIN_NODES && aliased > MIN_ALIASED_NODES && aliased / nodes > allowedAliasRatio(nodes);
  }

  #readAlias(alias: Alias.Parsed): RegoValue | Refusal {
    const target = this.#targets.get(alias);
    if (target === undefined) return new Refusal(`yaml: unknown anchor '${alias.source}' referenced`);
    if (this.#open.has(target)) return new Refusal(`yaml: anchor '${alias.source}' value contains itself`);
    this.#aliasDepth += 1;
    const value = this.read(target);
    this.#aliasDepth -= 1;
    return value;
  }

  #readItems(items: readonly ParsedNode[]): RegoValue | Refusal {
    const values: RegoValue[] = [];
    for (const item of items) {
      const value = this.read(item);
      if (value instanceof Refusal) return value;
      values.push(value);
    }
    return values;
  }

  #readScalar(node: ParsedScalar): RegoValue | Refusal {
    const tag = node.tag?.startsWith(STANDARD_TAG) ? node.tag.slice(STANDARD_TAG.length) : node.tag;
    const scalar = scalarOf(this.#textOf(node), tag, node.type === 'PLAIN');
    return scalar instanceof Refusal ? scalar : plainValue(scalar);
  }

  /** A block at the end of a text without a last line end has none either. */
  #textOf(node: ParsedScalar): string {
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const isCut = isBlock && text.endsWith('\n') && !this.#text.endsWith('\n') && node.range[1] >= this.#text.length;
    return isCut ? text.slice(0, -1) : text;
  }

  #readMap(map: YAMLMap.Parsed): RegoValue | Refusal {
    const object: { [key: string]: RegoValue } = {};
    const merged: RegoValue[] = [];
    for (const { key, value } of map.items) {
      const child = this.read(value);
      if (child instanceof Refusal) return child;
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
        merged.push(...(Array.isArray(child) ? (child as readonly RegoValue[]) : [child]));
        continue;
      }
      const name = this.#keyOf(key);
      if (name instanceof Refusal) return name;
      setProperty(object, name, child);
    }
    for (const other of merged) {
      if (typeof other !== 'object' || other === null || Array.isArray(other)) {
        return new Refusal('yaml: map merge requires map or sequence of maps as the value');
      }
      for (const [name, child] of Object.entries(other))
        if (!Object.hasOwn(object, name)) setProperty(object, name, child);
    }
    return object;
  }

  #keyOf(node: ParsedNode | null): string | Refusal {
    const key = this.read(node);
    if (key instanceof Refusal) return key;
    if (typeof key === 'string') return key;
    if (typeof key === 'boolean' || typeof key === 'bigint') return String(key);
    if (typeof key === 'number') return Number.isInteger(key) ? String(key) : floatKey(key);
    return new Refusal(key === null ? 'unsupported map key of type: null' : 'yaml: invalid map key');
  }
}

/** Floats that are keys have the digits of 32 bits. */
function floatKey(number: number): string {
  const size = Math.abs(number);
  for (let precision = 1; precision <= 9; precision += 1) {
    const text = formatFloat(size, 'g', precision);
    if (Math.fround(Number(text)) === Math.fround(size)) return (number < 0 ? '-' : '') + text;
  }
  return String(number);
}

function scalarOf(text: string, tag: string | undefined, isPlain: boolean): Scalar | Refusal {
  if (tag === 'binary') return binaryOf(text);
  if (tag === undefined || tag === '!') {
    return isPlain && tag === undefined ? resolveScalar(text) : { tag: 'str', value: text };
  }
  if (!['null', 'bool', 'int', 'float', 'timestamp'].includes(tag)) return { tag: 'str', value: text };
  const scalar = resolveScalar(text);
  if (scalar.tag === tag || (tag === 'float' && scalar.tag === 'int')) return scalar;
  return new Refusal(`yaml: cannot decode !!${scalar.tag} \`${text}\` as a !!${tag}`);
}

function binaryOf(text: string): Scalar | Refusal {
  const bytes = decodeBase64(text, 'standard');
  return typeof bytes === 'string'
    ? new Refusal(`yaml: !!binary value contains invalid base64 data`)
    : { tag: 'str', value: textOfBytes(bytes) };
}

function plainValue(scalar: Scalar): RegoValue | Refusal {
  const { value } = scalar;
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  return new Refusal(`json: unsupported value: ${name}`);
}
