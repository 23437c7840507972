/** The same tests run by `opa test`, where it is on the machine: outcomes, cases and lines of coverage. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { skipWithoutOpa } from '../testing/ask-opa.ts';
import { runTests, type TestResult } from './run-tests.ts';

const skip = skipWithoutOpa();
const folder = mkdtempSync(join(tmpdir(), 'countersign-opa-test-'));
after(() => rmSync(folder, { recursive: true }));

const MODULES = {
  'shop.rego': `package shop

import rego.v1

default allow := false

allow if {
	some role in data.roles[input.user]
	role == "clerk"
	input.amount < limit
}

allow if input.user == "root"

limit := 100

violations contains msg if {
	some item in input.items
	not item.price
	msg := sprintf("%s has no price", [item.name])
}

grade(n) := "high" if {
	n > 10
} else := "low" if {
	n > 1
} else := "none"
`,
  'shop_test.rego': `package shop_test

import data.shop

test_clerk if shop.allow with input as {"user": "alice", "amount": 10}
test_limit if shop.allow with input as {"user": "alice", "amount": 1000}
test_no_input if not shop.allow
test_violations if {
	found := shop.violations with input.items as [{"name": "a"}, {"name": "b", "price": 1}]
	found == {"a has no price"}
}
test_same if true
test_same if false
test_same if shop.grade(5) == "low"
test_number := 1
test_text := "true"
test_mock if shop.allow with data.roles as {"eve": ["clerk"]} with input as {"user": "eve", "amount": 1}
test_conflict if c == 1
c := 1 if true
c := 2 if true
todo_test_x if false
deep.test_inner if true
deep.test_other if false
test_grades[tc.note] if {
	some tc in [
		{"note": "high", "n": 20},
		{"note": "low", "n": 20},
		{"note": "none", "n": 0},
		{"note": "undefined"},
	]
	got := shop.grade(tc.n)
	got == tc.note
}
test_pairs[a][b] if {
	some a in ["x", "y"]
	some b in ["1", "2"]
	sprintf("%s%s", [a, b]) in {"x1", "y2", "x2"}
}
`,
};
const DATA = { roles: { alice: ['clerk', 'other'] } };

type OpaResult = {
  readonly name: string;
  readonly fail?: boolean;
  readonly skip?: boolean;
  readonly error?: object;
  readonly sub_results?: OpaCases;
};
type OpaCases = Readonly<Record<string, { readonly fail?: boolean; readonly sub_results?: OpaCases }>>;

function opa(...words: readonly string[]): unknown {
  for (const [file, text] of Object.entries(MODULES)) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'data.json'), JSON.stringify(DATA));
  const run = spawnSync('opa', ['test', '--format', 'json', ...words, '.'], { cwd: folder, encoding: 'utf8' });
  return JSON.parse(run.stdout);
}

function ours(only?: RegExp): ReturnType<typeof runTests> {
  const modules = Object.entries(MODULES).map(([file, text]) => ({ file, text }));
  return runTests(
    { modules, data: DATA },
    { monotonic: () => performance.now(), ...(only && { only, coverage: true }) },
  );
}

function casesOf(cases: OpaCases = {}, names: readonly string[] = []): readonly string[] {
  return Object.entries(cases).flatMap(([name, { fail = false, sub_results: more }]) => {
    const all = [...names, name];
    return more === undefined ? [`${fail ? '-' : '+'}${all.join('/')}`] : casesOf(more, all);
  });
}

const OUTCOMES: Readonly<Record<TestResult['outcome'], string>> = {
  passed: 'PASS',
  failed: 'FAIL',
  error: 'ERROR',
  skipped: 'SKIPPED',
};

test('every test and every case comes out as with `opa test`', { skip }, () => {
  const wanted = (opa() as readonly OpaResult[]).map(({ name, fail, skip: skipped, error, sub_results: cases }) => {
    const outcome = error !== undefined ? 'ERROR' : fail === true ? 'FAIL' : skipped === true ? 'SKIPPED' : 'PASS';
    return [name, outcome, ...casesOf(cases)].join(' ');
  });
  const ran = ours();
  assert.ok(ran.ok);
  const came = ran.value.tests.map(({ name, outcome, cases }) => {
    const named = cases.map((each) => `${each.passed ? '+' : '-'}${each.name}`);
    return [name, OUTCOMES[outcome], ...named].join(' ');
  });
  assert.deepEqual(came.toSorted(), wanted.toSorted());
  assert.ok(wanted.length > 15);
});

type OpaRange = { readonly start: { readonly row: number }; readonly end: { readonly row: number } };
type OpaCoverage = {
  readonly files: Readonly<
    Record<string, { readonly covered?: readonly OpaRange[]; readonly not_covered?: readonly OpaRange[] }>
  >;
};

function rowsOf(ranges: readonly OpaRange[] = []): readonly number[] {
  const rows = ranges.flatMap(({ start, end }) =>
    Array.from({ length: end.row - start.row + 1 }, (_, index) => start.row + index),
  );
  return [...new Set(rows)];
}

/** It says nothing of coverage when a test fails. */
const PASSING = 'clerk|no_input|violations|mock|inner';

test('the lines that are covered are those that `opa test --coverage` names', { skip }, () => {
  const { files } = opa('--coverage', '--run', PASSING) as OpaCoverage;
  const ran = ours(new RegExp(PASSING, 'u'));
  assert.ok(ran.ok);
  const [shop] = ran.value.coverage?.files ?? [];
  const covered = rowsOf(files['shop.rego']?.covered);
  // Its index knows that the rule on this line does not match, and so OPA does not evaluate it.
  const byIndex = MODULES['shop.rego'].split('\n').findIndex((line) => line.includes('"root"')) + 1;
  assert.deepEqual(
    shop?.covered,
    [...covered, byIndex].toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    [...(shop?.notCovered ?? []), byIndex].toSorted((a, b) => a - b),
    rowsOf(files['shop.rego']?.not_covered),
  );
});
