/** A short run of everything that `npm run fuzz -- cedar` runs for long, on the same inputs each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { policiesText } from './arbitrary-policy-text.ts';
import { world } from './arbitrary-world.ts';
import { makeTargets as decisions } from './decisions.fuzz.ts';
import { makeTargets as parsing } from './parsing.fuzz.ts';
import { mutated } from './mutation.ts';
import { Reference } from './reference.ts';

const SEED = 20260701;

for (const { name, property, runsPerTurn } of [...decisions(), ...parsing()]) {
  test(`Cedar and both back ends agree: ${name}`, async () => {
    await fc.assert(property, { seed: SEED, numRuns: runsPerTurn, includeErrorInReport: true });
  });
}

test('the generated cases are worth asking: policies are satisfied, not satisfied, and err', () => {
  const reference = new Reference();
  const seen = { allow: 0, deny: 0, erring: 0, forbidden: 0, refused: 0 };
  for (const [text, { entities, requests }] of fc.sample(fc.tuple(policiesText, world), { seed: SEED, numRuns: 100 })) {
    for (const request of requests) {
      const opinion = reference.ask({ staticPolicies: text }, entities, request);
      if (opinion.kind === 'refused') {
        seen.refused += 1;
        continue;
      }
      const { decision, determining, errors } = opinion.answer;
      seen[decision] += 1;
      if (errors.length > 0) seen.erring += 1;
      if (decision === 'deny' && determining.length > 0) seen.forbidden += 1;
    }
  }
  assert.ok(Math.min(seen.allow, seen.deny, seen.erring, seen.forbidden) >= 20, JSON.stringify(seen));
  assert.equal(seen.refused, 0);
});

test('the mutated texts are worth parsing: some are still policies, some are not', () => {
  const reference = new Reference();
  const opinions = fc.sample(mutated(policiesText), { seed: SEED, numRuns: 300 }).map((text) => reference.parses(text));
  const accepted = opinions.filter((opinion) => opinion === 'accepted').length;
  assert.ok(accepted > 30 && accepted < 270, `${accepted} of 300 are accepted`);
});
