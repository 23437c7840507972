/** Parsing: never a throw or a hang, problems have their places, and what is printed parses back to the same. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

import { compileRego } from '../../src/policy/rego/compile.ts';
import { parseModule } from '../../src/policy/rego/parse/parse-module.ts';
import { printModule } from '../../src/policy/rego/parse/print.ts';
import type { RegoVersion } from '../../src/policy/rego/syntax.ts';
import { almostRego, arbitraryModule } from '../../src/policy/rego/testing/arbitrary-modules.ts';
import { arbitraryProgram } from '../../src/policy/rego/testing/arbitrary-programs.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { mutated } from './mutation.ts';

export function makeTargets(): readonly FuzzTarget[] {
  const program = arbitraryProgram.map(({ text }) => text);
  return [
    { name: 'almost Rego', property: parsing(almostRego), runsPerTurn: 500 },
    { name: 'mutated trees', property: parsing(mutated(arbitraryModule.map(printModule))), runsPerTurn: 200 },
    { name: 'mutated programs', property: parsing(mutated(program)), runsPerTurn: 200 },
    { name: 'any text', property: parsing(fc.string({ unit: 'binary', maxLength: 200 })), runsPerTurn: 1000 },
    { name: 'queries', property: queries(), runsPerTurn: 300 },
  ];
}

function parsing(texts: fc.Arbitrary<string>): FuzzTarget['property'] {
  return fc.property(texts, fc.constantFrom<RegoVersion[]>('v1', 'v0'), (text, regoVersion) => {
    const parsed = parseModule({ file: 'a.rego', text }, { regoVersion });
    if (parsed.ok) {
      const printed = printModule(parsed.value);
      const again = parseModule({ file: 'a.rego', text: printed }, { regoVersion });
      assert.ok(again.ok, `printed, it does not parse: ${again.ok ? '' : again.problem[0]?.message}\n${printed}`);
      assert.equal(printModule(again.value), printed);
    } else {
      assert.ok(parsed.problem.length > 0);
      for (const { code, message, at } of parsed.problem) {
        assert.ok(code.startsWith('rego/') && message.length > 0);
        assert.ok(at !== undefined && at.line >= 1 && at.column >= 1);
      }
    }
    const compiled = compileRego({ modules: [{ file: 'a.rego', text }], regoVersion });
    if (!parsed.ok) assert.ok(!compiled.ok);
  });
}

/** Any text as a query, on a policy that takes part in nothing. */
function queries(): FuzzTarget['property'] {
  const policy = compileRego({ modules: [{ file: 'a.rego', text: 'package x\n\ny contains 1\n\nf(a) := a' }] });
  assert.ok(policy.ok);
  const { prepare } = policy.value;
  return fc.property(almostRego, (text) => {
    const query = prepare(text);
    if (query.ok) query.value.evaluate({ x: [1] }, { maxSteps: 100_000 });
    else assert.ok(query.problem.length > 0);
  });
}
