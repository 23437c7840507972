/** Schemas: never a throw or a hang, and what is accepted prints to a text that means the same. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

import { parseSchema } from '../../src/policy/relations/schema/parse-schema.ts';
import { printSchema } from '../../src/policy/relations/schema/print-schema.ts';
import { almostSchema, arbitrarySchema } from '../../src/policy/relations/testing/arbitrary-schemas.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export function makeTargets(): readonly FuzzTarget[] {
  const expressions = fc.string({ unit: 'binary-ascii', maxLength: 60 });
  const caveats = expressions.map((text) => `caveat any(a any, b int) { a == b || ${text} }`);
  return [
    { name: 'schemas', property: parsing(arbitrarySchema), runsPerTurn: 30 },
    { name: 'almost schemas', property: parsing(almostSchema), runsPerTurn: 60 },
    { name: 'expressions', property: parsing(caveats), runsPerTurn: 200 },
    { name: 'any text', property: parsing(fc.string({ unit: 'binary', maxLength: 200 })), runsPerTurn: 1000 },
  ];
}

function parsing(texts: fc.Arbitrary<string>): FuzzTarget['property'] {
  return fc.property(texts, (text) => {
    const parsed = parseSchema({ file: 'a.zed', text });
    if (!parsed.ok) {
      assert.ok(parsed.problem.length > 0);
      for (const { code, at } of parsed.problem) assert.ok(code.startsWith('relations/') && at !== undefined);
      return;
    }
    const printed = printSchema(parsed.value);
    const again = parseSchema({ file: 'a.zed', text: printed });
    assert.ok(again.ok, `printed, it does not parse: ${again.ok ? '' : again.problem[0]?.message}\n${printed}`);
    assert.equal(printSchema(again.value), printed);
  });
}
