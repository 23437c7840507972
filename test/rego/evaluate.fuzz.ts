/** Evaluating: both back ends do the same, and neither throws, whatever program or text they are given. */
import fc from 'fast-check';

import { acceptedProgram } from '../../src/policy/rego/testing/arbitrary-programs.ts';
import { almostRego, arbitraryModule } from '../../src/policy/rego/testing/arbitrary-modules.ts';
import { compareBackEnds } from '../../src/policy/rego/testing/compare-back-ends.ts';
import { printModule } from '../../src/policy/rego/parse/print.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { mutated } from './mutation.ts';

export function makeTargets(): readonly FuzzTarget[] {
  const mutatedPrograms = acceptedProgram.chain((program) =>
    mutated(fc.constant(program.text)).map((text) => ({ ...program, text })),
  );
  return [
    { name: 'programs', property: agreeing(acceptedProgram), runsPerTurn: 40 },
    { name: 'mutated programs', property: agreeing(mutatedPrograms), runsPerTurn: 60 },
    { name: 'arbitrary trees', property: agreeing(ofText(arbitraryModule.map(printModule))), runsPerTurn: 100 },
    { name: 'almost Rego', property: agreeing(ofText(almostRego)), runsPerTurn: 300 },
  ];
}

type Program = Parameters<typeof compareBackEnds>[0];

function agreeing(programs: fc.Arbitrary<Program>): FuzzTarget['property'] {
  return fc.property(programs, (program) => {
    compareBackEnds(program);
  });
}

/** Of which rules are not known: whole packages are asked for. */
function ofText(texts: fc.Arbitrary<string>): fc.Arbitrary<Program> {
  const input = { x: [1, { y: 'a' }], user: 'x' };
  return texts.map((text) => ({ text, rules: [], input, data: { x: { y: [1, 2] } } }));
}
