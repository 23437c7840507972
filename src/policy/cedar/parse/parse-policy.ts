/** Policies in Cedar's text form, one after the other. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { Condition, PolicySource, PolicySyntax } from '../syntax.ts';
import { parseExpression } from './parse-expression.ts';
import { takeString } from './parse-literal.ts';
import { parseScope } from './parse-scope.ts';
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';
import { TokenStream } from './token-stream.ts';

/** A policy that has no name yet. */
export type UnnamedPolicy = Omit<PolicySyntax, 'id'>;

/** Those policies of the text that have no problems; after one that has, it goes on behind the next `;`. */
export function parsePolicyText(source: PolicySource, problems: ProblemList): readonly UnnamedPolicy[] {
  const tokens = new TokenStream(source, problems.for(source));
  const policies: UnnamedPolicy[] = [];
  while (!tokens.at('end') && !problems.full) {
    const policy = parsePolicy(tokens);
    if (tokens.recover()) policies.push(policy);
  }
  return policies;
}

function parsePolicy(tokens: TokenStream): UnnamedPolicy {
  const { start, source } = tokens;
  const annotations = parseAnnotations(tokens);
  const effect = parseEffect(tokens);
  const scope = parseScope(tokens);
  const conditions: Condition[] = [];
  while (tokens.at('identifier') && !atPolicy(tokens)) conditions.push(parseCondition(tokens));
  takeEnd(tokens);
  return { effect, annotations, ...scope, conditions, source, span: tokens.spanFrom(start) };
}

function parseAnnotations(tokens: TokenStream): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  while (tokens.accept('@')) {
    const { span, text: name } = tokens;
    if (!tokens.at('identifier')) tokens.unexpected('the name of an annotation after `@`');
    tokens.advance();
    let value = '';
    if (tokens.accept('(')) {
      if (tokens.at('string')) value = takeString(tokens);
      else tokens.unexpected('the value of the annotation in quotes');
      tokens.expect(')');
    }
    if (annotations.has(name))
      tokens.report('cedar/duplicate-annotation', `the policy has two annotations ${quote(`@${name}`)}`, span);
    annotations.set(name, value);
  }
  return annotations;
}

function parseEffect(tokens: TokenStream): 'permit' | 'forbid' {
  if (tokens.acceptWord('permit')) return 'permit';
  if (tokens.acceptWord('forbid')) return 'forbid';
  const nearest = tokens.at('identifier') ? nearestName(tokens.text, ['permit', 'forbid']) : undefined;
  tokens.unexpected('`permit` or `forbid`', nearest === undefined ? undefined : `did you mean ${quote(nearest)}?`);
  return 'forbid';
}

function atPolicy(tokens: TokenStream): boolean {
  return tokens.at('@') || tokens.atWord('permit') || tokens.atWord('forbid');
}

function parseCondition(tokens: TokenStream): Condition {
  const { start, text } = tokens;
  const kind = tokens.atWord('unless') ? 'unless' : 'when';
  if (!tokens.acceptWord(kind)) {
    const nearest = nearestName(text, ['when', 'unless']);
    const hint = nearest === undefined ? 'conditions are written as `when { … }`' : `did you mean ${quote(nearest)}?`;
    tokens.unexpected('`when`, `unless` or `;`', hint);
  }
  tokens.expect('{', `\`{\` and the condition`);
  if (tokens.at('}'))
    tokens.report(
      'cedar/syntax',
      `the condition of \`${kind}\` is empty`,
      tokens.spanFrom(start),
      `leave \`${kind}\` out`,
    );
  const body = tokens.at('}') ? NO_CONDITION : parseExpression(tokens);
  tokens.expect('}', 'an operator or `}`');
  return { kind, body, span: tokens.spanFrom(start) };
}

const NO_CONDITION = { span: { start: 0, end: 0 }, kind: 'literal', value: true } as const;

function takeEnd(tokens: TokenStream): void {
  if (tokens.accept(';')) return;
  if (!atPolicy(tokens) && !tokens.at('end')) {
    tokens.unexpected('`when`, `unless` or `;`');
    return;
  }
  // The next policy is not to be passed over only because this one lacks its last character.
  const end = { start: tokens.previousEnd, end: tokens.previousEnd };
  tokens.report('cedar/syntax', 'expected `;` at the end of the policy', end, 'a policy ends with `;`');
}
