/** Both back ends give the same on random programs: the plain one is the measure of the fast one. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';

import { acceptedProgram } from '../testing/arbitrary-programs.ts';
import { compareBackEnds } from '../testing/compare-back-ends.ts';

test('whatever the program, both back ends give the same rows in the same order, or fail alike', () => {
  let compared = 0;
  fc.assert(
    fc.property(acceptedProgram, (program) => {
      compared += compareBackEnds(program);
    }),
    { numRuns: 80 },
  );
  assert.ok(compared > 500, `only ${compared} answers were compared`);
});
