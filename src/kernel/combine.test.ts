/** The rule of tiers, tried on every combination of what two layers in each of two tiers can say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { combine, type Tier } from './combine.ts';
import type { Verdict } from './verdict.ts';

const SAYINGS: Readonly<Record<string, Verdict>> = {
  permit: { kind: 'permit', reasons: [] },
  forbid: { kind: 'forbid', reasons: [] },
  silent: { kind: 'abstain', speaks: false, reasons: [] },
  speaks: { kind: 'abstain', speaks: true, reasons: [] },
  fault: { kind: 'fault', reasons: [] },
};

const VETO: Tier = { name: 'guardrails', kind: 'veto' };
const MESH: Tier = { name: 'mesh', kind: 'grant' };
const APPLICATION: Tier = { name: 'application', kind: 'grant' };

function decide(tiers: readonly (readonly [Tier, readonly string[]])[]): ReturnType<typeof combine> {
  return combine(
    tiers.map(([tier, words]) => ({
      tier,
      verdicts: words.map((word, index) => ({ layer: `${tier.name}-${index}`, verdict: SAYINGS[word] as Verdict })),
    })),
  );
}

test('every combination of two layers in a veto and two grant tiers follows the rule as the design words it', () => {
  const words = Object.keys(SAYINGS);
  let tried = 0;
  let allowed = 0;
  for (const veto of words)
    for (const a of words)
      for (const b of words)
        for (const c of words)
          for (const d of words) {
            const all = [veto, a, b, c, d];
            const tiers = [
              [a, b],
              [c, d],
            ];
            // The design's sentence, written as sets rather than as a loop over tiers.
            const refused = all.includes('forbid') || all.includes('fault');
            const speaking = tiers.filter((tier) => tier.some((word) => word === 'permit' || word === 'speaks'));
            const wanted = !refused && speaking.length > 0 && speaking.every((tier) => tier.includes('permit'));
            const came = decide([
              [VETO, [veto]],
              [MESH, [a, b]],
              [APPLICATION, [c, d]],
            ]);
            assert.equal(came.effect, wanted ? 'allow' : 'deny', all.join(' '));
            assert.equal(came.cause.kind === 'granted', wanted);
            tried += 1;
            allowed += wanted ? 1 : 0;
          }
  assert.equal(tried, 5 ** 5);
  assert.ok(allowed > 0 && allowed < tried);
});

test('nothing speaks: denied, and said so', () => {
  assert.deepEqual(combine([]), { effect: 'deny', cause: { kind: 'nothing-speaks' } });
  assert.equal(decide([[MESH, ['silent']]]).cause.kind, 'nothing-speaks');
});

test('a veto tier never grants', () => {
  assert.equal(decide([[VETO, ['permit']]]).effect, 'deny');
});

test('the cause names the first tier that decided, and a forbid before a fault in it', () => {
  const first = decide([
    [VETO, ['silent']],
    [MESH, ['fault', 'forbid']],
    [APPLICATION, ['forbid']],
  ]);
  assert.deepEqual(first.cause, { kind: 'forbidden', tier: 'mesh', layer: 'mesh-1' });
  const second = decide([
    [MESH, ['permit']],
    [APPLICATION, ['speaks']],
  ]);
  assert.deepEqual(second.cause, { kind: 'not-granted', tier: 'application' });
});
