import assert from 'node:assert/strict';
import { test } from 'node:test';

import { junitXml } from './junit.ts';
import { runTests } from './run-tests.ts';

const TESTS = `package p

test_a if true

test_b if {
	print("<&>\\u0000]]>")
	x := "\\"q\\""
	x == "<"
}

test_c[n] if {
	some n in ["one", "two"]
	n == "one"
}

test_d if { 1 / 0 }

test_e := 3

todo_test_f if true
`;

test('every test is a case of its package, with why it failed, and nothing of it is markup', () => {
  // A clock that stands still, so that the times are what they are.
  const ran = runTests({ modules: [{ file: 'p.rego', text: TESTS }], data: {} }, { monotonic: () => 0 });
  assert.ok(ran.ok);
  assert.deepEqual(junitXml(ran.value).split('\n'), [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites tests="6" failures="4" errors="0" skipped="1" time="0.000000">',
    '  <testsuite name="data.p" tests="6" failures="4" errors="0" skipped="1" time="0.000000">',
    '    <testcase name="test_a" classname="data.p" file="p.rego" line="3" time="0.000000"/>',
    '    <testcase name="test_b" classname="data.p" file="p.rego" line="5" time="0.000000">',
    '      <failure message="x == &quot;&lt;&quot; is false">p.rego:8:2&#10;x = &quot;\\&quot;q\\&quot;&quot;</failure>',
    '      <system-out>&lt;&amp;&gt;\ufffd]]&gt;</system-out>',
    '    </testcase>',
    '    <testcase name="test_c" classname="data.p" file="p.rego" line="11" time="0.000000">',
    '      <failure message="n == &quot;one&quot; is false">case two failed&#10;p.rego:13:2&#10;n = &quot;two&quot;</failure>',
    '    </testcase>',
    '    <testcase name="test_d" classname="data.p" file="p.rego" line="16" time="0.000000">',
    '      <failure message="1 / 0 is undefined">p.rego:16:13&#10;div: divide by zero</failure>',
    '    </testcase>',
    '    <testcase name="test_e" classname="data.p" file="p.rego" line="18" time="0.000000">',
    '      <failure message="it gave 3, not true"></failure>',
    '    </testcase>',
    '    <testcase name="todo_test_f" classname="data.p" file="p.rego" line="20" time="0.000000">',
    '      <skipped/>',
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});
