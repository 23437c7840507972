/** Asks policies a query, for `countersign policy eval`. */
import type { Problem } from '../../kernel/problem.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { parseData } from '../../policy/rego/bundle/data-documents.ts';
import { compileRego } from '../../policy/rego/compile.ts';
import { askable, type QueryRow } from '../../policy/rego/query-answer.ts';
import { entriesOf } from '../../policy/rego/values/access.ts';
import { formatJson } from '../../policy/rego/values/json.ts';
import type { RegoValue } from '../../policy/rego/values/value.ts';
import type { CommandContext } from '../command-context.ts';
import type { RegoExplanation } from '../../policy/rego/explain/explanation.ts';
import { explanationLines } from './explanation-lines.ts';
import type { PolicyOptions } from './policy-options.ts';
import { readPolicies, textsOf } from './policy-source.ts';
import { problemOfFailure, tellAll } from './tell-problems.ts';
import { harmless, harmlessJson, table, type Terminal } from '../terminal.ts';

export type AskOptions = PolicyOptions & {
  readonly data?: readonly string[];
  readonly input?: string;
  readonly strictErrors?: boolean;
  readonly timeout?: number;
  readonly explain?: boolean;
  readonly json?: boolean;
};

export async function askPolicies(context: CommandContext, text: string, options: AskOptions): Promise<void> {
  const { json, explain, strictErrors = false, timeout, v0 } = options;
  const read = await readPolicies(context.operations, options.data ?? [], options);
  if (!read.ok) return tellAll(context, read.problem, json);
  const { modules, data, functions } = read.value;
  const known = textsOf(modules);
  const textOf = (file: string): string | undefined => (file === 'query' ? text : known(file));
  const tell = (problems: readonly Problem[]): void => {
    tellAll(context, { problems, textOf }, json);
  };
  const input = await inputOf(context, options.input);
  if (!input.ok) return tell([input.problem]);
  const regoVersion = v0 === true ? 'v0' : 'v1';
  const compiled = compileRego({ modules, data, functions, regoVersion });
  if (!compiled.ok) return tell(compiled.problem);
  const query = askable(compiled.value, text, regoVersion);
  if (!query.ok) return tell(query.problem);
  const limits = { strictErrors, ...(timeout === undefined ? {} : { maxMilliseconds: timeout }) };
  const rows = query.value.evaluate(input.value, {
    ...limits,
    print: (message) => {
      context.terminal.complain(harmless(message));
    },
  });
  if (!rows.ok) return tell([problemOfFailure(rows.problem)]);
  const { print } = context.terminal;
  const explanation = explain === true ? query.value.explain(input.value, limits) : undefined;
  if (json === true) return print(harmlessJson(jsonOf(rows.value, explanation)));
  for (const line of answerLines(rows.value, context.terminal)) print(line);
  if (explanation === undefined) return;
  print('');
  for (const line of explanationLines(explanation, textOf)) print(line);
}

async function inputOf(
  { operations }: CommandContext,
  file: string | undefined,
): Promise<Result<RegoValue | undefined>> {
  if (file === undefined) return ok(undefined);
  const bytes = await operations.readFile(file);
  return bytes.ok ? parseData(file, bytes.value) : bytes;
}

/** In the form of OPA's API; the explanation is ours, without the result that stands beside it. */
function jsonOf(rows: readonly QueryRow[], explanation: RegoExplanation<unknown> | undefined): string {
  const result = rows.map(({ expressions, bindings }): RegoValue => {
    const shown = expressions.map(({ value, text, location }) => ({ value, text, location }));
    return entriesOf(bindings).length === 0 ? { expressions: shown } : { expressions: shown, bindings };
  });
  const members = [
    ...(rows.length === 0 ? [] : [`"result":${formatJson(result)}`]),
    ...(explanation === undefined ? [] : [`"explanation":${JSON.stringify({ ...explanation, result: undefined })}`]),
  ];
  return `{${members.join(',')}}`;
}

function answerLines(rows: readonly QueryRow[], { style }: Terminal): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [style('yellow', 'undefined')];
  const names = entriesOf(first.bindings).map(([name]) => name as string);
  const [only, second] = first.expressions;
  if (rows.length === 1 && names.length === 0 && only !== undefined && second === undefined) {
    return formatJson(only.value, { prefix: '', indent: '  ' }).split('\n').map(harmless);
  }
  // An expression that only holds says nothing in a table beside the variables that it binds.
  const shown = first.expressions.flatMap((_, index) =>
    names.length > 0 && rows.every(({ expressions }) => expressions[index]?.value === true) ? [] : [index],
  );
  const head = [...names, ...shown.map((index) => first.expressions[index]?.text ?? '')];
  const cells = rows.map(({ expressions, bindings }) => {
    const values = new Map(entriesOf(bindings));
    const all = [...names.map((name) => values.get(name)), ...shown.map((index) => expressions[index]?.value)];
    return all.map((value) => (value === undefined ? '' : harmless(formatJson(value))));
  });
  return table([head.map((title) => style('bold', harmless(title))), ...cells]);
}
