/** Modules, queries and single terms from text. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { SourceText, type PolicySource } from '../../source-position.ts';
import type { Body, Expression, Import, Module, Package, RegoVersion, Rule, Term } from '../syntax.ts';
import { attachAnnotations } from './attach-annotations.ts';
import { GRAMMAR } from './grammar.ts';
import { MAX_SOURCE_LENGTH } from './limits.ts';
import { metadataBlocks } from './metadata-block.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { isKeyword, parseImport, parsePackage } from './parse-package.ts';
import { parseRule } from './parse-rule.ts';
import { ProblemList, type Mistake, type RegoProblem } from './problem-list.ts';
import { quote } from './quote.ts';
import { Kind } from './token-kind.ts';
import { TokenStream } from './token-stream.ts';

export type ParseOptions = {
  /** What the text is written in: `v1` (default) has `if` and `contains` in heads, `v0` is from before OPA 1.0. */
  readonly regoVersion?: RegoVersion;
};

/** The tree, or every problem that was found, up to `MAX_PROBLEMS`, in the order of the text. */
export type Parsed<T> = Result<T, readonly RegoProblem[]>;

export type Query = { readonly source: PolicySource; readonly body: Body };

export function parseModule(file: PolicySource, options: ParseOptions = {}): Parsed<Module> {
  const source = new SourceText(file.file, file.text);
  const problems = new ProblemList(source);
  if (!checkLength(source, problems)) return err(problems.problems);
  const regoVersion = options.regoVersion ?? 'v1';
  const tokens = new TokenStream(source, regoVersion, problems, GRAMMAR);
  const statements = parseStatements(tokens, regoVersion);
  const { imports, v1Mistakes } = statements;
  const strict = regoVersion === 'v1' || imports.some(({ path }) => path[0] === 'rego');
  if (strict) for (const mistake of [...v1Mistakes, ...keywordNames(statements.rules)]) problems.add(mistake);
  const written = metadataBlocks(source.text, tokens.lineComments).flatMap(
    (block) => parseAnnotations(block, problems) ?? [],
  );
  const declared = statements.package;
  // What stands below an annotation is not known where statements are missing.
  if (declared === undefined || problems.problems.length > 0) return err(problems.sorted());
  const { annotations, rules } = attachAnnotations(
    written,
    { package: declared, imports, rules: statements.rules },
    problems,
  );
  if (problems.problems.length > 0) return err(problems.sorted());
  return ok({ source, regoVersion, strict, package: declared, imports, rules, annotations });
}

function checkLength({ text }: PolicySource, problems: ProblemList): boolean {
  if (text.length <= MAX_SOURCE_LENGTH) return true;
  const message = `a text has at most ${MAX_SOURCE_LENGTH} characters, this one has ${text.length}`;
  problems.add({
    code: 'rego/too-long',
    message,
    hint: 'large data belongs into JSON, not into rules',
    start: 0,
    end: 0,
  });
  return false;
}

type Statements = {
  readonly package: Package | undefined;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
  readonly v1Mistakes: readonly Mistake[];
};

function parseStatements(tokens: TokenStream, version: RegoVersion): Statements {
  let declared: Package | undefined;
  const imports: Import[] = [];
  const sink = { rules: [] as Rule[], v1Mistakes: [] as Mistake[] };
  if (!tokens.at(Kind.package) || tokens.keywordBeginsRef) reportNoPackage(tokens);
  while (!tokens.at(Kind.end) && !tokens.problems.full) {
    if (tokens.at(Kind.package) && !tokens.keywordBeginsRef) {
      const { start, end } = tokens;
      const found = parsePackage(tokens);
      if (declared !== undefined) reportSecondPackage(tokens, start, end);
      declared ??= found;
    } else if (tokens.at(Kind.import) && !tokens.keywordBeginsRef) {
      const found = parseImport(tokens, version);
      if (found !== undefined) imports.push(found);
    } else parseRule(tokens, sink);
    if (tokens.failed) tokens.recover();
    tokens.forget();
  }
  return { package: declared, imports, ...sink };
}

function reportNoPackage(tokens: TokenStream): void {
  const { start, end } = tokens;
  const isEmpty = tokens.at(Kind.end);
  const message = isEmpty ? 'the module is empty' : 'a module begins with its package';
  const hint = 'write `package name` on its first line';
  tokens.report({
    code: 'rego/package-missing',
    message,
    hint,
    opa: isEmpty ? 'empty module' : 'package expected',
    start,
    end,
  });
}

function reportSecondPackage(tokens: TokenStream, start: number, end: number): void {
  const hint = 'a file holds one module';
  const message = 'a module has one package, and this is another';
  tokens.report({ code: 'rego/second-package', message, hint, opa: 'unexpected package', start, end });
}

/** Names of rules that are keywords in v1: only a v0 module that imports `rego.v1` below them can have one. */
function keywordNames(rules: readonly Rule[]): readonly Mistake[] {
  return rules.flatMap(({ head }) => {
    const { name, start, end } = head.ref.head;
    if (head.ref.path.length > 0 || !isKeyword(name, 'v1')) return [];
    const message = `${quote(name)} is a keyword, and cannot name a rule`;
    return { code: 'rego/bad-head', message, opa: `${name} keyword cannot be used for rule name`, start, end } as const;
  });
}

/** Expressions, as they stand in a body: what a policy is asked. */
export function parseQuery(text: string, options: ParseOptions = {}): Parsed<Query> {
  return parseText({ file: 'query', text }, options, (tokens, source) => {
    const body: Expression[] = [];
    do {
      if (tokens.at(Kind.package) || tokens.at(Kind.import)) refuseStatement(tokens);
      const expression = tokens.failed ? undefined : tokens.grammar.parseExpression(tokens);
      if (expression === undefined) return undefined;
      body.push(expression);
    } while (tokens.accept(Kind.semicolon) || !tokens.at(Kind.end));
    return { source, body };
  });
}

function refuseStatement(tokens: TokenStream): void {
  if (tokens.keywordBeginsRef) return;
  tokens.unexpected('an expression', { hint: 'packages and imports stand in modules' });
}

/** One term, such as an input that JSON cannot express. */
export function parseTerm(text: string, options: ParseOptions = {}): Parsed<Term> {
  return parseText({ file: 'term', text }, options, (tokens) => tokens.grammar.parseInfix(tokens, true));
}

function parseText<T>(
  file: PolicySource,
  options: ParseOptions,
  parse: (tokens: TokenStream, source: PolicySource) => T | undefined,
): Parsed<T> {
  const source = new SourceText(file.file, file.text);
  const problems = new ProblemList(source);
  if (!checkLength(source, problems)) return err(problems.problems);
  const tokens = new TokenStream(source, options.regoVersion ?? 'v1', problems, GRAMMAR);
  const found = parse(tokens, source);
  if (found !== undefined && !tokens.at(Kind.end)) tokens.unexpected('an operator or the end of the text');
  return found === undefined || problems.problems.length > 0 ? err(problems.sorted()) : ok(found);
}
