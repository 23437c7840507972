/**
 * The cases that the Open Policy Agent evaluates itself with, Rego v1: modules, data, input and a query, and the rows
 * of bindings, or the error, that must come of them. Each case is evaluated by every back end.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Problem } from '../../src/kernel/problem.ts';
import { err, ok, type Result } from '../../src/kernel/result.ts';
import { formatSpan } from '../../src/kernel/source-span.ts';
import type { Builtin } from '../../src/policy/rego/builtins/builtin.ts';
import { type Backend, compileRego, type RegoSource } from '../../src/policy/rego/compile.ts';
import { equal } from '../../src/policy/rego/values/equal.ts';
import { sortValues } from '../../src/policy/rego/values/compare.ts';
import { formatJson, parseJson } from '../../src/policy/rego/values/json.ts';
import { makeSet } from '../../src/policy/rego/values/rego-set.ts';
import { toText } from '../../src/policy/rego/values/text.ts';
import type { PlainObject, RegoObject, RegoSet, RegoValue } from '../../src/policy/rego/values/value.ts';
import type { CaseResult } from './suite.ts';

type Case = {
  readonly note: string;
  readonly query: string;
  readonly modules?: readonly string[] | null;
  readonly data?: RegoObject;
  readonly input?: RegoValue;
  /** Instead of `input`: a term of Rego, which may be what JSON cannot hold. */
  readonly input_term?: string;
  /** An error of a built-in function ends the evaluation. */
  readonly strict_error?: boolean;
  readonly want_result?: readonly PlainObject[] | null;
  readonly want_error?: string;
  readonly want_error_code?: string;
  /** Arrays that variables are bound to are compared in sorted order. */
  readonly sort_bindings?: boolean;
  /** Variables that OPA's compiler made up are not compared. */
  readonly ignore_generated_vars?: boolean;
};

export async function* run(folder: string): AsyncIterable<CaseResult> {
  for (const file of globSync('**/*.json', { cwd: folder }).sort()) {
    const parsed = parseJson(readFileSync(join(folder, file), 'utf8'));
    if (!parsed.ok) throw new Error(`${file}: ${parsed.problem}`);
    const { cases } = parsed.value as unknown as { readonly cases: readonly Case[] };
    for (const [index, each] of cases.entries()) {
      const failure = judge(each);
      const name = `${file.replace(/\.json$/u, '')}#${index} ${each.note}`;
      yield failure === undefined ? { name } : { name, failure };
    }
  }
}

/** What came; the rows as a set, without what the case does not compare. */
type Outcome =
  | { readonly kind: 'rows'; readonly rows: RegoSet }
  | { readonly kind: 'error'; readonly code: string; readonly text: string };

const BACK_ENDS: readonly Backend[] = ['javascript', 'closures'];

function judge(wanted: Case): string | undefined {
  for (const backend of BACK_ENDS) {
    const outcome = evaluate(wanted, backend);
    const failure = outcome.ok ? compare(wanted, outcome.value) : outcome.problem;
    if (failure !== undefined) return `${backend}: ${failure}`;
  }
  return undefined;
}

/** The one function that is there in OPA's own runs of these cases, and nowhere else. */
const SLEEP: Builtin = {
  name: 'test.sleep',
  parameters: ['string'],
  result: 'null',
  call: (_, text) => {
    if (typeof text !== 'string') return null;
    const [, milliseconds = '0'] = /^([0-9]+)ms$/u.exec(text) ?? [];
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds));
    return null;
  },
};

/** An error of its own: the case could not be evaluated at all. */
function evaluate(wanted: Case, backend: Backend): Result<Outcome, string> {
  const input = inputOf(wanted);
  if (!input.ok) return input;
  const modules = (wanted.modules ?? []).map((text, index) => ({ file: `test-${index}.rego`, text }));
  const source: RegoSource = { modules, data: wanted.data ?? {}, backend, functions: [SLEEP] };
  const compiled = compileRego(source);
  if (!compiled.ok) return err(`the modules are refused: ${describe(compiled.problem)}`);
  const query = compiled.value.prepare(wanted.query);
  if (!query.ok) return err(`the query is refused: ${describe(query.problem)}`);
  const outcome = query.value.evaluate(input.value, { strictErrors: wanted.strict_error === true });
  if (outcome.ok) return ok({ kind: 'rows', rows: makeSet(outcome.value.map((row) => comparable(row, wanted))) });
  const { code, message, at } = outcome.problem;
  const place = at === undefined ? '' : `${at.file}:${at.line}: `;
  return ok({ kind: 'error', code, text: `${place}${code}: ${message}` });
}

function describe(problems: readonly Problem[]): string {
  return problems.map(({ message, at }) => (at === undefined ? message : `${formatSpan(at)}: ${message}`)).join('; ');
}

function inputOf({ input, input_term: term }: Case): Result<RegoValue | undefined, string> {
  if (term === undefined) return ok(input);
  const compiled = compileRego({ modules: [] });
  const query = compiled.ok ? compiled.value.prepare(`input_value = ${term}`) : compiled;
  if (!query.ok) return err(`the input is refused: ${describe(query.problem)}`);
  const rows = query.value.evaluate(undefined);
  const value = rows.ok ? (rows.value[0] as PlainObject | undefined)?.['input_value'] : undefined;
  return value === undefined ? err('the input has no value') : ok(value);
}

/** A row as JSON has it: sets are sorted arrays. */
function comparable(row: RegoObject, { sort_bindings: sorts, ignore_generated_vars: ignores }: Case): PlainObject {
  const json = parseJson(formatJson(row));
  if (!json.ok) throw new Error(`what was written as JSON does not read back: ${json.problem}`);
  const entries = Object.entries(json.value as PlainObject)
    .filter(([name]) => ignores !== true || !name.startsWith('__localq'))
    .map(([name, value]) => [name, sorts === true && Array.isArray(value) ? sortValues(value) : value] as const);
  return Object.fromEntries(entries);
}

function compare(wanted: Case, outcome: Outcome): string | undefined {
  const { want_result: rows, want_error: text, want_error_code: code } = wanted;
  if (outcome.kind === 'error') {
    if (code === undefined && text === undefined) return `wanted no error, got ${outcome.text}`;
    if (code !== undefined && outcome.code !== code) return `wanted the code ${code}, got ${outcome.text}`;
    return text === undefined || outcome.text.includes(text) ? undefined : `wanted \`${text}\`, got ${outcome.text}`;
  }
  const came = toText(outcome.rows);
  if (code !== undefined || text !== undefined) return `wanted an error, \`${text ?? code ?? ''}\`, got ${came}`;
  if (rows === undefined || rows === null) return 'the case wants nothing';
  const expected = makeSet(rows);
  return equal(expected, outcome.rows) ? undefined : `wanted ${toText(expected)}, got ${came}`;
}
