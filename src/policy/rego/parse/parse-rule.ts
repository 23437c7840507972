/** Rules: head, bodies and `else`. */
import type { Body, Rule, RuleHead } from '../syntax.ts';
import { isGround } from './ground.ts';
import { missingIf } from './missing-if.ts';
import { parseAlternatives } from './parse-else.ts';
import { parseHead, type WrittenHead } from './parse-head.ts';
import { parseDefault } from './parse-default.ts';
import type { Mistake } from './problem-list.ts';
import { quote } from './quote.ts';
import { renewWildcards } from './wildcards.ts';
import { Kind, type TokenKind } from './token-kind.ts';
import type { TokenStream } from './token-stream.ts';

/** Where rules go to, and what is a mistake if the module turns out to be held to the rules of v1. */
export type RuleSink = { readonly rules: Rule[]; readonly v1Mistakes: Mistake[] };

export function parseRule(tokens: TokenStream, sink: RuleSink): void {
  const { start } = tokens;
  if (tokens.keywordBeginsRef) tokens.readAsName();
  const isDefault = tokens.accept(Kind.default);
  if (isDefault && tokens.keywordBeginsRef) tokens.readAsName();
  if (!tokens.at(Kind.name)) return refuseStatement(tokens);
  const written = parseHead(tokens);
  if (written === undefined) return;
  if (isDefault) {
    const rule = parseDefault(tokens, written, start);
    if (rule !== undefined) sink.rules.push(rule);
  } else if (tokens.at(Kind.if) || tokens.at(Kind.leftBrace)) parseBodies(tokens, written, sink);
  else parseBare(tokens, written, sink);
}

const STATEMENT_HINTS: ReadonlyMap<TokenKind, string> = new Map<TokenKind, string>([
  [Kind.rightBrace, 'there is one `}` too many'],
  [Kind.semicolon, 'several expressions behind `if` stand in braces: `if { …; … }`'],
]);

function refuseStatement(tokens: TokenStream): void {
  const { kind, text, start, end } = tokens;
  if (!tokens.atKeyword || kind === Kind.true || kind === Kind.false || kind === Kind.null) {
    tokens.unexpected('a rule', { hint: STATEMENT_HINTS.get(kind) ?? 'a rule begins with its name' });
    return;
  }
  const message = `${quote(text)} is a keyword, and cannot name a rule`;
  const hint = 'a keyword may be a part of a path: `rule.if := …`; an expression belongs into the body of a rule';
  tokens.fail({
    code: 'rego/bad-head',
    message,
    hint,
    opa: `${text} keyword cannot be used for rule name`,
    start,
    end,
  });
}

/** A rule that is nothing but its head. */
function parseBare(tokens: TokenStream, written: WrittenHead, sink: RuleSink): void {
  const { start, member, value, parameters, ref, nameEnd } = written;
  const isNameOnly = member === undefined && value === undefined && parameters === undefined;
  if (written.isDetached && member === undefined) {
    tokens.unexpected('`if` and a body', { hint: 'write the path of the rule without white space' });
    return;
  }
  if (tokens.at(Kind.with) || tokens.at(Kind.semicolon) || (isNameOnly && ref.path.length === 0)) {
    tokens.unexpected(isNameOnly ? '`:=` and a value, `contains`, or `if`' : 'a new line', {
      hint: hintForBare(tokens),
    });
    return;
  }
  const head = headOf(written, false);
  if (isNameOnly && ref.path.length > 1) {
    const message = 'a rule needs a value or a body';
    const hint = 'write `:= true` for one that always holds';
    const opa = 'rule must have value assignment and/or body declaration';
    sink.v1Mistakes.push({ code: 'rego/value-missing', message, hint, opa, start, end: nameEnd });
  }
  checkHead(written, head, sink);
  sink.rules.push(ruleOf(tokens, written.start, head, []));
}

function hintForBare(tokens: TokenStream): string | undefined {
  if (tokens.at(Kind.with)) return '`with` stands in a body: `… if { … }`';
  if (tokens.at(Kind.semicolon)) return 'each rule begins on a new line';
  if (tokens.at(Kind.minus) && tokens.adjacent) return 'names consist of letters, digits and `_`';
  if (tokens.at(Kind.end) || tokens.beginsLine || tokens.atKeyword || tokens.at(Kind.colon)) return undefined;
  return tokens.isActive(Kind.if) ? 'is an `if` missing before it?' : undefined;
}

function parseBodies(tokens: TokenStream, written: WrittenHead, sink: RuleSink): void {
  const bodyAt = tokens.span;
  const hasIf = tokens.accept(Kind.if);
  const body = hasIf ? parseIfBody(tokens) : parseBraces(tokens);
  if (body === undefined) return;
  if (!hasIf) sink.v1Mistakes.push(missingIf(bodyAt.start, bodyAt.end, written.parameters !== undefined));
  const head = headOf(written, hasIf);
  checkHead(written, head, sink);
  const rule = ruleOf(tokens, written.start, head, body);
  if (!tokens.at(Kind.else) || tokens.keywordBeginsRef) {
    sink.rules.push(rule);
    return parseFurtherBodies(tokens, rule, hasIf, sink);
  }
  if (!mayHaveElse(tokens, written, hasIf)) return;
  const alternatives = parseAlternatives(tokens, sink.v1Mistakes);
  if (alternatives === undefined) return;
  sink.rules.push({ ...rule, end: tokens.previousEnd, alternatives });
  if (tokens.at(Kind.leftBrace)) {
    tokens.unexpected('`else` before another body', {
      hint: 'after an `else`, another body needs one as well',
      opa: 'expected else keyword',
    });
  }
}

function parseBraces(tokens: TokenStream): Body | undefined {
  tokens.advance();
  return tokens.grammar.parseBody(tokens, Kind.rightBrace);
}

/** One expression, or a body in braces; a set that opens the braces is no expression, since it would say nothing. */
function parseIfBody(tokens: TokenStream): Body | undefined {
  if (!tokens.at(Kind.leftBrace)) {
    const expression = tokens.grammar.parseExpression(tokens);
    return expression === undefined ? undefined : [expression];
  }
  const expression = tokens.guess(() => {
    const found = tokens.grammar.parseExpression(tokens);
    return found?.kind === 'term' && found.term.kind === 'set' ? undefined : found;
  });
  return expression === undefined ? parseBraces(tokens) : [expression];
}

/** `{ … } { … }`: each makes a rule of the same head. */
function parseFurtherBodies(tokens: TokenStream, first: Rule, hasIf: boolean, sink: RuleSink): void {
  while (tokens.at(Kind.leftBrace)) {
    const { start, end } = tokens;
    const head = renewWildcards(first.head, tokens);
    const body = parseBraces(tokens);
    if (body === undefined) return;
    if (!hasIf) sink.v1Mistakes.push(missingIf(start, end, head.parameters !== undefined));
    sink.rules.push(ruleOf(tokens, start, head, body));
  }
}

/** In v0 `p[x] { … }` says that `p` contains `x`. */
function headOf(written: WrittenHead, hasIf: boolean): RuleHead {
  const { start, nameEnd, ref, parameters, member, value, assignment } = written;
  const [only, ...more] = ref.path;
  if (member !== undefined) return { kind: 'contains', start, end: member.end, ref, member };
  if (!hasIf && only !== undefined && more.length === 0 && parameters === undefined && value === undefined) {
    return { kind: 'contains', start, end: nameEnd, ref: { ...ref, end: ref.head.end, path: [] }, member: only };
  }
  return {
    kind: 'value',
    start,
    end: value?.end ?? nameEnd,
    ref,
    ...(parameters === undefined ? {} : { parameters }),
    value: value ?? { kind: 'boolean', start, end: nameEnd, value: true },
    ...(assignment === undefined ? {} : { assignment }),
  };
}

function checkHead(written: WrittenHead, head: RuleHead, sink: RuleSink): void {
  if (head.kind === 'value' || written.member !== undefined) return;
  const { start, nameEnd } = written;
  const message = '`contains` is missing: this form of a rule that collects a set is from before OPA 1.0';
  const hint = `write ${quote(`${head.ref.head.name} contains …`)}; modules from before OPA 1.0 are loaded with \`regoVersion: v0\``;
  const opa = '`contains` keyword is required for partial set rules';
  sink.v1Mistakes.push({ code: 'rego/contains-missing', message, hint, opa, start, end: nameEnd });
}

function mayHaveElse(tokens: TokenStream, written: WrittenHead, hasIf: boolean): boolean {
  const { ref, parameters, member } = written;
  const [only, ...more] = ref.path;
  const { start, end } = tokens;
  if (!ref.path.every(isGround)) {
    const message = 'a rule with variables in its name cannot have an `else`';
    const opa = 'else keyword cannot be used on rules with variables in head';
    tokens.fail({ code: 'rego/bad-else', message, hint: 'let a function give the value', opa, start, end });
    return false;
  }
  const isKeyed =
    only !== undefined && more.length === 0 && parameters === undefined && (!hasIf || only.kind === 'ref');
  if (member === undefined && !isKeyed) return true;
  const message = 'a rule that collects members cannot have an `else`';
  const opa = 'else keyword cannot be used on multi-value rules';
  tokens.fail({ code: 'rego/bad-else', message, hint: 'write another rule of the same name', opa, start, end });
  return false;
}

function ruleOf(tokens: TokenStream, start: number, head: RuleHead, body: Body): Rule {
  return { start, end: tokens.previousEnd, isDefault: false, head, body, alternatives: [], annotations: [] };
}
