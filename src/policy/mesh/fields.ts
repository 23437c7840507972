/** Strict reading of maps: every field is known, or is a problem with its place and the nearest known name. */
import { nearestName } from '../../kernel/nearest-name.ts';
import { quote, quoteList } from './quote.ts';
import { describeNode, type Located, type Report, type YamlEntry, type YamlMap, type YamlNode } from './yaml-node.ts';

export type Fields = {
  /** What the map is called in messages, such as `operation`. */
  readonly of: string;
  readonly known: readonly string[];
  /** Fields that Istio knows and this does not, and what to do instead. */
  readonly unsupported?: Readonly<Record<string, string>>;
};

/** Reports `mesh/unknown-field` and `mesh/unsupported-field` for what is not to be there. */
export function checkFields(map: YamlMap, { of, known, unsupported = {} }: Fields, report: Report): void {
  for (const { key, keySpan: at } of map.entries) {
    if (known.includes(key)) continue;
    if (Object.hasOwn(unsupported, key)) {
      const message = `the field ${quote(key)} of ${quote(of)} is not supported`;
      report({ code: 'mesh/unsupported-field', message, hint: unsupported[key] ?? '', at });
      continue;
    }
    const all = [...known, ...Object.keys(unsupported)];
    const meant = nearestName(key, all);
    const message = `${quote(key)} is not a field of ${quote(of)}`;
    const fields = `the fields of ${quote(of)} are ${known.map((name) => `\`${name}\``).join(', ')}`;
    const hint = meant === undefined ? fields : `did you mean ${quote(meant)}? ${fields}`;
    report({ code: 'mesh/unknown-field', message, hint, at });
  }
}

export function wrongType(what: string, wanted: string, node: YamlNode, report: Report): undefined {
  const message = `${quote(what)} is ${wanted}, and here is ${describeNode(node)}`;
  report({ code: 'mesh/wrong-type', message, ...hintFor(wanted, node), at: node.span });
  return undefined;
}

/** The two mistakes that YAML invites: no value at all, and a value that is read as a number or a boolean. */
function hintFor(wanted: string, node: YamlNode): { readonly hint?: string } {
  if (node.kind !== 'scalar') return {};
  if (node.value === null) return { hint: 'remove the field, or give it a value' };
  return wanted === 'a string' ? { hint: `write it in quotes: "${node.source.slice(0, 64)}"` } : {};
}

export function asMap(entry: YamlEntry, report: Report): YamlMap | undefined {
  return entry.value.kind === 'map' ? entry.value : wrongType(entry.key, 'a map', entry.value, report);
}

export function asString(node: YamlNode, what: string, report: Report): Located | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') return { value: node.value, span: node.span };
  return wrongType(what, 'a string', node, report);
}

/** A list of strings; items that are none are reported and left out. */
export function asStrings(entry: YamlEntry, report: Report): readonly Located[] {
  if (entry.value.kind !== 'list') {
    wrongType(entry.key, 'a list of strings', entry.value, report);
    return [];
  }
  return entry.value.items.flatMap((item) => asString(item, entry.key, report) ?? []);
}

/** A map from strings to strings, as labels and annotations are. */
export function asStringMap(entry: YamlEntry, report: Report): ReadonlyMap<string, Located & { key: Located }> {
  const found = new Map<string, Located & { key: Located }>();
  for (const { key, keySpan, value } of asMap(entry, report)?.entries ?? []) {
    const text = asString(value, key, report);
    if (text !== undefined) found.set(key, { ...text, key: { value: key, span: keySpan } });
  }
  return found;
}

/** One of a few words, by its exact spelling. */
export function asWord<W extends string>(entry: YamlEntry, words: readonly W[], report: Report): W | undefined {
  const text = asString(entry.value, entry.key, report);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text.value);
  if (word !== undefined) return word;
  const meant = nearestName(text.value, words);
  const message = `${quote(entry.key)} is ${quoteList(words)}, not ${quote(text.value)}`;
  const hint = meant === undefined ? {} : { hint: `did you mean ${quote(meant)}?` };
  report({ code: 'mesh/unknown-value', message, ...hint, at: text.span });
  return undefined;
}
