/** An explanation for people: each rule with its bodies, the failing expression marked below its line. */
import { excerpt, formatSpan, type SourceSpan } from '../../../kernel/source-span.ts';
import type { PolicySource } from '../../source-position.ts';
import type { ExplainedBody, ExplainedRule, FailedExpression, RegoExplanation } from './explanation.ts';

/** `sources` are the modules, for excerpts of them; a file that is not there has none. */
export function printExplanation(explanation: RegoExplanation<unknown>, sources: readonly PolicySource[]): string {
  const texts = new Map(sources.map(({ file, text }) => [file, text]));
  const { result, query, rules, omittedRules } = explanation;
  return [
    ...(result.ok ? [] : [`the evaluation failed: ${result.problem.code}: ${result.problem.message}`]),
    ...(query === undefined ? [] : printFailed(query, texts)),
    ...rules.flatMap((rule) => printRule(rule, texts)),
    ...(omittedRules === 0 ? [] : [`${omittedRules} more rules are left out`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

type Texts = ReadonlyMap<string, string>;

function printRule(
  { rule, arguments: given, keys, value, isDefault, bodies, omittedBodies }: ExplainedRule,
  texts: Texts,
): string[] {
  const call = given === undefined ? rule : `${rule}(${given.join(', ')})`;
  const is = value === undefined ? 'undefined' : `${value}${isDefault ? ', by default' : ''}`;
  return [
    `\`${call}\`${keys === undefined ? '' : `, asked for ${keys.join(', ')},`} is ${is}`,
    ...bodies.flatMap((body) => printBody(body, texts)).map((line) => `  ${line}`),
    ...(omittedBodies === 0 ? [] : [`  ${omittedBodies} more bodies failed earlier, or were not tried`]),
  ];
}

function printBody(body: ExplainedBody, texts: Texts): string[] {
  const place = `${formatSpan(body.at)}${body.choice === 0 ? '' : `, \`else\` ${body.choice}`}`;
  switch (body.kind) {
    case 'held':
      return [`${place}: holds, and gives ${body.value}`];
    case 'mismatch':
      return [`${place}: is for other arguments or keys`];
    case 'untried':
      return [`${place}: was not tried`];
    case 'failed':
      return [`${place}: fails`, ...printFailed(body.failed, texts).map((line) => `  ${line}`)];
  }
}

function printFailed({ at, because, values, tried, error, rules, inner }: FailedExpression, texts: Texts): string[] {
  return [
    `${formatSpan(at)}: ${REASONS[because]}${tried > 1 ? `, for each of the ${tried} elements that were tried` : ''}`,
    ...marked(at, texts),
    ...(error === undefined ? [] : [`  = ${error}`]),
    ...values.map(({ expression, value }) => `  = \`${expression}\` is ${value}`),
    ...rules.map((rule) => `  = see \`${rule}\``),
    ...(inner === undefined ? [] : printFailed(inner, texts).map((line) => `  ${line}`)),
  ];
}

const REASONS: Readonly<Record<FailedExpression['because'], string>> = {
  undefined: 'something here is undefined',
  false: 'this is false',
  different: 'this has another value',
  negated: 'what is negated here holds',
  element: 'an element does not satisfy this',
  alternatives: 'none of these holds',
  error: 'a function refuses its arguments here',
};

function marked(at: SourceSpan, texts: Texts): readonly string[] {
  const text = excerpt(texts.get(at.file) ?? '', at);
  return text === '' ? [] : text.split('\n');
}
