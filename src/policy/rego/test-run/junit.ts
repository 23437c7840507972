/** A test run as JUnit's XML, which CI systems show. */
import type { TestResult, TestRun } from './run-tests.ts';

/** One suite for each package, one case for each test. */
export function junitXml({ tests }: TestRun): string {
  const suites = [...Map.groupBy(tests, (test) => test.package)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts(tests)}>`,
    ...suites.flatMap(([name, members]) => [
      `  <testsuite name="${escape(name)}" ${counts(members)}>`,
      ...members.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(tests: readonly TestResult[]): string {
  const count = (outcome: TestResult['outcome']): number => tests.filter((test) => test.outcome === outcome).length;
  const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0);
  const [failed, broken, skipped] = [count('failed'), count('error'), count('skipped')];
  return `tests="${tests.length}" failures="${failed}" errors="${broken}" skipped="${skipped}" time="${seconds(milliseconds)}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(6);
}

function caseLines(test: TestResult): readonly string[] {
  const { at, name, milliseconds, output } = test;
  const place = `file="${escape(at.file)}" line="${at.line}"`;
  const head = `    <testcase name="${escape(name)}" classname="${escape(test.package)}" ${place} time="${seconds(milliseconds)}"`;
  const inside = [
    ...outcomeLines(test),
    ...(output.length === 0 ? [] : [`      <system-out>${escape(output.join('\n'))}</system-out>`]),
  ];
  return inside.length === 0 ? [`${head}/>`] : [`${head}>`, ...inside, '    </testcase>'];
}

function outcomeLines(test: TestResult): readonly string[] {
  switch (test.outcome) {
    case 'passed':
      return [];
    case 'skipped':
      return ['      <skipped/>'];
    case 'error': {
      const { code = '', message = '' } = test.error ?? {};
      return [`      <error type="${escape(code)}" message="${escape(message)}"/>`];
    }
    case 'failed':
      return [`      <failure message="${escape(messageOf(test))}">${escape(detailOf(test))}</failure>`];
  }
}

function messageOf({ failure, gave, cases }: TestResult): string {
  if (failure !== undefined) return `${failure.text} is ${failure.gave}`;
  if (gave !== undefined) return `it gave ${gave}, not true`;
  return cases.length === 0 ? 'it is not true' : 'not all cases hold';
}

function detailOf({ failure, cases }: TestResult): string {
  const failed = cases.filter(({ passed }) => !passed).map(({ name }) => `case ${name} failed`);
  if (failure === undefined) return failed.join('\n');
  const { at, values, error } = failure;
  const shown = values.map(({ name, value }) => `${name} = ${value}`);
  return [...failed, `${at.file}:${at.line}:${at.column}`, ...(error === undefined ? [] : [error]), ...shown].join(
    '\n',
  );
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ['\n', '&#10;'],
  ['\t', '&#9;'],
  ['\r', '&#13;'],
]);

/** XML 1.0 §2.2: what is no character of XML becomes the replacement character. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"\n\t\r]/gu, (character) => ENTITIES.get(character) ?? character)
    .replaceAll(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
