/** What a query gives to a person or a tool that asks by hand: for each solution the values of its expressions and variables. */
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { SourceText } from '../source-position.ts';
import type { PreparedQuery, RegoPolicy } from './compile.ts';
import type { EvaluateOptions, RegoFailure } from './evaluate/begin.ts';
import { parseQuery } from './parse/parse-module.ts';
import type { Expression, RegoVersion } from './syntax.ts';
import { entriesOf, getOfObject } from './values/access.ts';
import { makeObject } from './values/rego-map.ts';
import type { RegoObject, RegoValue } from './values/value.ts';

export type QueryExpression = {
  readonly value: RegoValue;
  readonly text: string;
  /** Both count from 1. */
  readonly location: { readonly row: number; readonly col: number };
};

/** `bindings`: the query's variables. As OPA's API has it. */
export type QueryRow = { readonly expressions: readonly QueryExpression[]; readonly bindings: RegoObject };

export type AskableQuery = {
  readonly evaluate: (
    input: RegoValue | undefined,
    options?: EvaluateOptions,
  ) => Result<readonly QueryRow[], RegoFailure>;
  readonly explain: PreparedQuery['explain'];
};

/** An expression that is a value is shown with it; of what only holds or does not, the value is true. */
export function askable(
  policy: RegoPolicy,
  text: string,
  regoVersion: RegoVersion = 'v1',
): Result<AskableQuery, readonly Problem[]> {
  const parsed = parseQuery(text, { regoVersion });
  if (!parsed.ok) return parsed;
  // Problems point into the query as it was written, so it is checked as such first.
  const asWritten = policy.prepare(text);
  if (!asWritten.ok) return asWritten;
  const { body } = parsed.value;
  const names = body.map((_, index) => `${VALUE}${index}`);
  const isAlone = body.length === 1;
  const captured = body.map((expression, index) => capture(text, expression, names[index] ?? '', isAlone));
  const query = policy.prepare(captured.join('; '));
  if (!query.ok) return query;
  const source = new SourceText('query', text);
  const places = body.map(({ start, end }) => {
    const { line, column } = source.position(start);
    return { text: text.slice(start, end), location: { row: line, col: column } };
  });
  const evaluate: AskableQuery['evaluate'] = (input, options) => {
    const rows = query.value.evaluate(input, options);
    if (!rows.ok) return err(withoutOwnPlace(rows.problem));
    return ok(
      rows.value.map((row) => ({
        expressions: places.map((place, index) => ({ value: getOfObject(row, names[index] ?? '') ?? true, ...place })),
        bindings: makeObject(entriesOf(row).filter(([name]) => !(name as string).startsWith(VALUE))),
      })),
    );
  };
  return ok({ evaluate, explain: asWritten.value.explain });
}

/** A place in the query is one in what was made of it. */
function withoutOwnPlace({ code, message, at }: RegoFailure): RegoFailure {
  return at === undefined || at.file === 'query' ? { code, message } : { code, message, at };
}

/** No one writes such a name by hand. */
const VALUE = 'countersign_value_';

/**
 * The value bound to a name of ours. Where other expressions stand beside it, it must hold as well, so that a row has
 * no value that is false; alone, it may be false.
 */
function capture(text: string, expression: Expression, name: string, isAlone: boolean): string {
  const { start, end } = expression;
  if (expression.kind !== 'term' || expression.negated || isStatement(expression)) return text.slice(start, end);
  const { term } = expression;
  const value = `${name} = (${text.slice(term.start, term.end)})${text.slice(term.end, end)}`;
  return isAlone ? value : `${value}; ${name}`;
}

/** Calls that have no value. */
function isStatement({ term }: Expression & { readonly kind: 'term' }): boolean {
  return term.kind === 'call' && term.operator.path.length === 0 && term.operator.head.kind === 'variable'
    ? term.operator.head.name === 'print'
    : false;
}
