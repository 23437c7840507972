/** A run of tests as a person reads it: what failed and why first, then what it comes to. */
import { excerpt, formatSpan } from '../../kernel/source-span.ts';
import { ok } from '../../kernel/result.ts';
import type { Coverage } from '../../policy/rego/test-run/coverage.ts';
import type { TestResult, TestRun } from '../../policy/rego/test-run/run-tests.ts';
import { problemLines } from '../problem-text.ts';
import { harmless, table, type Terminal } from '../terminal.ts';
import { explanationLines } from './explanation-lines.ts';
import { problemOfFailure } from './tell-problems.ts';

export type ReportOptions = {
  /** Every test, not only what did not pass. */
  readonly verbose: boolean;
  readonly textOf: (file: string) => string | undefined;
};

export function reportLines(run: TestRun, options: ReportOptions, terminal: Terminal): readonly string[] {
  const lines: string[] = [];
  for (const test of run.tests) {
    const isQuiet = test.outcome === 'passed' || test.outcome === 'skipped';
    if (options.verbose || !isQuiet) lines.push(headLine(test, terminal));
    if (options.verbose || !isQuiet) lines.push(...caseLines(test, options.verbose, terminal));
    if (!isQuiet) lines.push(...whyLines(test, options, terminal));
    if (options.verbose || !isQuiet) lines.push(...outputLines(test, terminal));
  }
  if (run.coverage !== undefined) lines.push(...coverageLines(run.coverage, terminal));
  return [...lines, summary(run.tests, terminal)];
}

function headLine({ outcome, package: name, name: test, at, milliseconds }: TestResult, { style }: Terminal): string {
  const mark = {
    passed: style('green', 'passed '),
    failed: style('red', 'FAILED '),
    error: style('red', 'ERROR  '),
    skipped: style('yellow', 'skipped'),
  }[outcome];
  const time = outcome === 'skipped' ? '' : ` (${milliseconds.toFixed(2)} ms)`;
  return `${mark}  ${style('bold', harmless(`${name}.${test}`))}  ${style('dim', `${harmless(formatSpan(at))}${time}`)}`;
}

function caseLines({ cases }: TestResult, verbose: boolean, { style }: Terminal): readonly string[] {
  const shown = verbose ? cases : cases.filter(({ passed }) => !passed);
  return shown.map(
    ({ name, passed }) => `  case ${harmless(name)}: ${passed ? style('green', 'passed') : style('red', 'failed')}`,
  );
}

function whyLines(test: TestResult, { textOf }: ReportOptions, terminal: Terminal): readonly string[] {
  const { error, failure, gave } = test;
  if (error !== undefined) return problemLines(problemOfFailure(error), terminal, textOf).map((line) => `  ${line}`);
  if (failure === undefined) return gave === undefined ? [] : [`  it gave ${harmless(gave)}, not true`];
  const { style } = terminal;
  const { because } = test;
  const deeper =
    because.length === 0 ? [] : explanationLines({ result: ok(undefined), rules: because, omittedRules: 0 }, textOf);
  const text = textOf(failure.at.file);
  const shown = text === undefined ? [] : excerpt(text, failure.at).split('\n');
  return [
    `  this is ${failure.gave}, at ${style('cyan', harmless(formatSpan(failure.at)))}`,
    ...shown.map((line) => `    ${harmless(line.replaceAll('\t', '  '))}`),
    ...(failure.error === undefined ? [] : [`    ${harmless(failure.error)}`]),
    ...table(
      failure.values.map(({ name, value }) => [style('dim', harmless(oneLine(name))), `= ${harmless(value)}`]),
      '    ',
    ),
    ...deeper.map((line) => `  ${line}`),
  ];
}

/** An expression may be written over several lines. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ');
}

function outputLines({ output }: TestResult, { style }: Terminal): readonly string[] {
  return output.map((line) => `  ${style('dim', 'printed:')} ${harmless(line)}`);
}

function coverageLines({ files, coveredLines, lines, percent }: Coverage, { style }: Terminal): readonly string[] {
  const rows = files.map(({ file, covered, notCovered }) => {
    const all = covered.length + notCovered.length;
    const share = all === 0 ? 100 : (100 * covered.length) / all;
    const missing = notCovered.length === 0 ? '' : style('yellow', `not covered: ${ranges(notCovered)}`);
    return [harmless(file), `${covered.length}/${all}`, percentText(share), missing];
  });
  rows.push([style('bold', 'all'), `${coveredLines}/${lines}`, percentText(percent), '']);
  return [style('bold', 'coverage of lines'), ...table(rows, '  ')];
}

/** Rounded down: nearly all is not all. */
export function percentText(percent: number): string {
  return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
}

/** `3, 5-8`: lines that follow each other in one. */
function ranges(lines: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

function summary(tests: readonly TestResult[], { style }: Terminal): string {
  const count = (outcome: TestResult['outcome']): number => tests.filter((test) => test.outcome === outcome).length;
  const [passed, failed, broken, skipped] = [count('passed'), count('failed'), count('error'), count('skipped')];
  const parts = [
    style(passed > 0 && failed + broken === 0 ? 'green' : 'bold', `${passed} passed`),
    ...(failed === 0 ? [] : [style('red', `${failed} failed`)]),
    ...(broken === 0 ? [] : [style('red', `${broken} with an error`)]),
    ...(skipped === 0 ? [] : [style('yellow', `${skipped} skipped`)]),
  ];
  return parts.join(', ');
}
