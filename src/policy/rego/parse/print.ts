/** Modules and queries as canonical text, which parses back to the same tree. */
import type { Alternative, Annotations, Body, Import, Module, Rule, RuleHead } from '../syntax.ts';
import { KEYWORDS } from './token-kind.ts';
import { printExpression, printRef, printString, printTerm, printTerms } from './print-term.ts';

/** Package, imports and rules with their metadata, an empty line between statements. */
export function printModule(module: Module): string {
  const pending = [...module.annotations];
  const above = (start: number): string => {
    const end = pending.findIndex((annotations) => annotations.start >= start);
    return pending
      .splice(0, end === -1 ? pending.length : end)
      .map(printAnnotations)
      .join('\n');
  };
  const imports = module.imports.map(printImport).join('');
  const known = keywordsOf(module);
  const statements = [
    `${above(module.package.start)}package ${printPath(module.package.path)}\n`,
    ...(imports === '' ? [] : [imports]),
    ...module.rules.map((rule) => above(rule.start) + printRule(rule, known)),
  ];
  return statements.join('\n');
}

/** Which of the keywords of heads a module may use: without them, it is written as before OPA 1.0. */
type HeadKeywords = { readonly if: boolean; readonly contains: boolean };

const ALL: HeadKeywords = { if: true, contains: true };
const NONE: HeadKeywords = { if: false, contains: false };

function keywordsOf({ regoVersion, imports }: Module): HeadKeywords {
  if (regoVersion === 'v1') return ALL;
  const has = (word: string): boolean =>
    imports.some(({ path }) => path[0] === 'rego' || (path[0] === 'future' && (path[2] ?? word) === word));
  return { if: has('if'), contains: has('contains') };
}

function printPath([first = '', ...rest]: readonly string[]): string {
  return first + rest.map((part) => (/^[A-Za-z_]\w*$/u.test(part) ? `.${part}` : `[${printString(part)}]`)).join('');
}

function printImport({ path, alias }: Import): string {
  return `import ${printPath(path)}${alias === undefined ? '' : ` as ${alias}`}\n`;
}

export function printRule(rule: Rule, all: HeadKeywords = ALL): string {
  const { isDefault, head, body, alternatives } = rule;
  // Only before a bracket is a keyword a name: `true["a"]`, which only v0 has, and not `true contains "a"`.
  const isKeyword = head.kind === 'contains' && head.ref.path.length === 0 && KEYWORDS.has(head.ref.head.name);
  const known = isKeyword ? NONE : all;
  // `p[x] if { … }` would not collect a set.
  const hasIf = known.if && (known.contains || head.kind === 'value');
  const branches = alternatives.map((alternative) => printAlternative(alternative, hasIf)).join('');
  return `${isDefault ? 'default ' : ''}${printHead(head, known.contains)}${printBlock(body, hasIf)}${branches}\n`;
}

function printHead(head: RuleHead, hasContains: boolean): string {
  const name = printRef(head.ref) + (head.parameters === undefined ? '' : `(${printTerms(head.parameters)})`);
  if (head.kind === 'contains') {
    const member = printTerm(head.member);
    return hasContains ? `${name} contains ${member}` : `${name}[${member}]`;
  }
  return head.assignment === undefined ? name : `${name} ${head.assignment} ${printTerm(head.value)}`;
}

function printAlternative({ value, assignment, body }: Alternative, hasIf: boolean): string {
  const given = assignment === undefined ? '' : ` ${assignment} ${printTerm(value)}`;
  return ` else${given}${printBlock(body, hasIf)}`;
}

function printBlock(body: Body, hasIf: boolean): string {
  if (body.length === 0) return '';
  const lines = body.map(printExpression);
  // A minus at the beginning of a line would subtract from the line before.
  const text = lines.reduce((before, line) => `${before}${line.startsWith('-') ? ';' : ''}\n\t${line}`);
  return `${hasIf ? ' if' : ''} {\n\t${text}\n}`;
}

/** Each field on a line of its own, in the part of YAML that JSON is. */
function printAnnotations(annotations: Annotations): string {
  const fields: readonly (readonly [string, unknown])[] = [
    ['scope', annotations.scope],
    ['title', annotations.title],
    ['description', annotations.description],
    ['entrypoint', annotations.entrypoint || undefined],
    ['organizations', unlessEmpty(annotations.organizations)],
    ['related_resources', unlessEmpty(annotations.relatedResources)],
    ['authors', unlessEmpty(annotations.authors)],
    ['schemas', unlessEmpty(annotations.schemas.map(schemaOf))],
    ['compile', compileOf(annotations)],
    ['custom', annotations.custom],
    ['labels', annotations.labels],
  ];
  const lines = fields.filter(([, value]) => value !== undefined).map(([name, value]) => `# ${name}: ${yaml(value)}\n`);
  return `# METADATA\n${lines.join('')}`;
}

function unlessEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function schemaOf(schema: Annotations['schemas'][number]): object {
  const value = schema.kind === 'reference' ? printRef(schema.schema) : schema.definition;
  return { [printRef(schema.path)]: value };
}

function compileOf({ compile }: Annotations): object | undefined {
  if (compile === undefined) return undefined;
  const { unknowns, maskRule } = compile;
  return { unknowns: unknowns.map(printRef), ...(maskRule === undefined ? {} : { mask_rule: printRef(maskRule) }) };
}

function yaml(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, each]) => `${printString(name)}: ${yaml(each)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? printString(value) : String(value);
}
