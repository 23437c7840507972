/** What a test run compiles beside the modules that it was given: tests apart from namesakes, and the names of cases. */
import type { PolicySource, Span } from '../../source-position.ts';
import type { RegoModule } from '../compile.ts';
import type { Expression, Module, Term } from '../syntax.ts';
import type { FoundTest } from './find-tests.ts';

/**
 * The module with nothing but its package, its imports and one rule under another name of the same length, all at their
 * places, so that what happens in it happened at the place of the rule.
 */
export function ruleApart({ module, rule }: FoundTest, name: string): RegoModule {
  const { text, file } = module.source;
  const kept = [module.package, ...module.imports, rule];
  const { start, end } = rule.head.ref.head;
  let apart = '';
  let at = 0;
  for (const span of kept.toSorted((a, b) => a.start - b.start)) {
    apart += blank(text.slice(at, span.start)) + text.slice(span.start, span.end);
    at = span.end;
  }
  return { file, text: apart.slice(0, start) + name + apart.slice(end), regoVersion: module.regoVersion };
}

/** Line ends stay. */
function blank(text: string): string {
  return text.replaceAll(/[^\r\n]/gu, (character) => ' '.repeat(character.length));
}

/**
 * A rule that collects the names of all cases that a test begins, whether they hold or not: its body is that of the test
 * up to the first expression after which everything in the names can be known, and `more` expressions after it, where
 * what binds the names stands further down. Undefined: the test has no names, or not so many expressions.
 */
export function casesRule({ module, rule, tail }: FoundTest, name: string, more = 0): RegoModule | undefined {
  const length = lengthOfPrefix(rule.body, tail) + more;
  if (tail.length === 0 || length > rule.body.length) return undefined;
  const { text, file } = module.source;
  const slice = ({ start, end }: Span): string => text.slice(start, end);
  const body = rule.body.slice(0, length);
  const names = `[${tail.map(slice).join(', ')}]`;
  const head = module.strict ? `${name} contains ${names} if` : `${name}[${names}]`;
  const begin = body[0]?.start ?? 0;
  const written = body.length === 0 ? 'true' : text.slice(begin, body.at(-1)?.end);
  const lines = [module.package, ...module.imports].map(slice);
  const source: PolicySource = {
    file: `${file} (${name})`,
    text: [...lines, `${head} {`, written, '}', ''].join('\n'),
  };
  return { ...source, regoVersion: module.regoVersion };
}

function lengthOfPrefix(body: readonly Expression[], tail: readonly Term[]): number {
  const wanted = new Set(tail.flatMap((term) => [...variablesIn(term)]));
  let length = 0;
  for (const [index, expression] of body.entries()) {
    if (wanted.size === 0) break;
    // `some x` alone declares, and binds nothing.
    if (expression.kind === 'some') continue;
    for (const name of variablesIn(expression)) if (wanted.delete(name)) length = index + 1;
  }
  return length;
}

/** Of whatever stands in a syntax tree. */
function* variablesIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if (isVariable(node)) yield node.name;
  for (const child of Object.values(node)) yield* variablesIn(child);
}

function isVariable(node: object): node is { readonly kind: 'variable'; readonly name: string } {
  return 'kind' in node && node.kind === 'variable';
}

/** A name that no rule of the module's package has. */
export function freeName(module: Module, length: number, number: number): string {
  const name = `T${number}`.padEnd(length, '_');
  const isTaken = module.source.text.includes(name);
  return isTaken ? freeName(module, length, number + 1000) : name;
}
