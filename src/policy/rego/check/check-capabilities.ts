/** What a module uses of the language that its capabilities do not have; functions are looked up among those they name. */
import type { Span } from '../../source-position.ts';
import type { Capabilities } from '../capabilities.ts';
import { KEYWORDS } from '../parse/token-kind.ts';
import type { Import, Module, Rule } from '../syntax.ts';
import type { Problems } from './problems.ts';

/** What every version has that has `rego_v1`. */
const KEYWORDS_OF_V1: ReadonlySet<string> = new Set(['in', 'every', 'if', 'contains']);
const HINT = 'write it without, for the version that the capabilities are of';

type Refuse = (at: Span, what: string, missing: string) => void;

export function checkCapabilities(module: Module, capabilities: Capabilities, problems: Problems): void {
  const refuse: Refuse = (at, what, missing) => {
    const message = `the capabilities have no \`${missing}\`, which ${what} needs`;
    problems.add(module.source, at, { code: 'rego/not-capable', message, hint: HINT });
  };
  const { features } = capabilities;
  if (module.regoVersion === 'v1' && !features.has('rego_v1')) refuse(module.package, 'a module of v1', 'rego_v1');
  for (const each of module.imports) checkImport(each, module, capabilities, refuse);
  for (const rule of module.rules) checkHead(rule, features, refuse);
  if (!features.has('template_strings')) checkTemplates(module, refuse);
  if (!features.has('keywords_in_refs')) checkKeywords(module, refuse);
}

function checkImport(each: Import, module: Module, { features, futureKeywords }: Capabilities, refuse: Refuse): void {
  const [root, first = '', word] = each.path;
  const path = `\`${each.path.join('.')}\``;
  if (root === 'rego') {
    const feature = `rego_${first}_import`;
    if (!features.has(feature) && !features.has(`rego_${first}`)) refuse(each, `the import of ${path}`, feature);
  } else if (root === 'future' && word !== undefined && !futureKeywords.has(word)) {
    const isKnown = module.regoVersion === 'v1' && KEYWORDS_OF_V1.has(word);
    if (!isKnown) refuse(each, `the import of ${path}`, `future_keywords: ${word}`);
  }
}

/** A rule's name was one word, then a path of names, and then a path of anything. */
function checkHead({ head }: Rule, features: ReadonlySet<string>, refuse: Refuse): void {
  const { path } = head.ref;
  if (path.length === 0 || features.has('rego_v1') || features.has('rule_head_refs')) return;
  // `p[x]` was always a set or an object.
  if (path.length === 1 && path[0]?.kind !== 'string') return;
  const isConstant = path.slice(0, -1).every(({ kind }) => kind === 'string');
  if (isConstant && features.has('rule_head_ref_string_prefixes')) return;
  refuse(head.ref, 'a rule whose name is a reference', 'rule_head_refs');
}

function checkTemplates({ rules }: Module, refuse: Refuse): void {
  visit(rules, (node) => {
    if (node.kind === 'template') refuse(node, 'a template', 'template_strings');
  });
}

function checkKeywords(module: Module, refuse: Refuse): void {
  const { text } = module.source;
  const isKeyword = (word: string): boolean => KEYWORDS.has(word) && (module.strict || !KEYWORDS_OF_V1.has(word));
  const { start, end, path } = module.package;
  const inPackage = path.find(
    (name) => isKeyword(name) && new RegExp(`\\.\\s*${name}\\b`).test(text.slice(start, end)),
  );
  if (inPackage !== undefined) refuse(module.package, `the keyword \`${inPackage}\` in a path`, 'keywords_in_refs');
  visit(module.rules, (node) => {
    // A name after a dot is a string whose text has no quotes.
    if (node.kind !== 'string') return;
    const word = text.slice(node.start, node.end);
    if (isKeyword(word)) refuse(node, `the keyword \`${word}\` in a reference`, 'keywords_in_refs');
  });
}

type Node = Span & { readonly kind: string };

/** Every node of a tree, which nests no deeper than the parser lets it. */
function visit(value: unknown, see: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) see(value);
  for (const part of Object.values(value)) visit(part, see);
}

function isNode(value: object): value is Node {
  return 'kind' in value && typeof value.kind === 'string' && 'start' in value;
}
