/** Parsers: on texts and JSON that are almost right they never throw, and accept exactly what Cedar accepts. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

import { parsePolicies } from '../../src/policy/cedar/parse/parse-policies.ts';
import { parseCedarJson } from '../../src/policy/cedar/schema/cedar-json.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { policiesText, policyText, templateText } from './arbitrary-policy-text.ts';
import { hasOverlookedMistake } from './deliberate-refusals.ts';
import { jsonMutations, mutated, mutateJson } from './mutation.ts';
import { type ParseOpinion, Reference } from './reference.ts';

export function makeTargets(): readonly FuzzTarget[] {
  const reference = new Reference();
  return [
    { name: 'mutated text', property: mutatedText(reference), runsPerTurn: 500 },
    { name: 'mutated JSON', property: mutatedJson(reference), runsPerTurn: 500 },
    { name: 'mutated JSON text', property: mutatedJsonText(reference), runsPerTurn: 1000 },
  ];
}

function compare(parsed: ReturnType<typeof parsePolicies>, opinion: ParseOpinion): void {
  if (parsed.ok) assert.notEqual(opinion, 'refused', 'taken, and Cedar refuses it');
  else {
    assert.ok(parsed.problem.length > 0);
    for (const { message, code } of parsed.problem) assert.ok(message.length > 0 && code.startsWith('cedar/'));
    assert.notEqual(opinion, 'accepted', `Cedar takes it, and here it is refused: ${parsed.problem[0]?.message}`);
  }
}

const annotated = fc.constantFrom('', '@id("a") ', '@a @b("\\u{1F511}") ');
const anyText = fc.tuple(annotated, fc.oneof(policiesText, templateText)).map((texts) => texts.join(''));

function mutatedText(reference: Reference): FuzzTarget['property'] {
  return fc.property(mutated(anyText), (text) => {
    compare(parsePolicies({ policies: text }), reference.parses(text));
  });
}

function mutatedJson(reference: Reference): FuzzTarget['property'] {
  return fc.property(policyText, jsonMutations, (text, mutations) => {
    const json = mutations.reduce<unknown>(mutateJson, reference.toJson(text, 'policy'));
    const set = { staticPolicies: { p: json as object } };
    const opinion = reference.parses(set as Parameters<Reference['parses']>[0]);
    // What Cedar refuses is refused here too; what it takes may still be refused on purpose.
    if (opinion === 'accepted' && hasOverlookedMistake(json)) return;
    compare(parsePolicies({ policies: set }), opinion);
  });
}

/** What is read as a file: no text may throw, and what is read as data must be what JSON says. */
function mutatedJsonText(reference: Reference): FuzzTarget['property'] {
  const text = mutated(policyText.map((policy) => JSON.stringify(reference.toJson(policy, 'policy'))));
  return fc.property(text, (json) => {
    parsePolicies({ policies: [{ file: 'a.json', text: json }] });
    const parsed = parseCedarJson(json);
    if (parsed.ok && !/\d{16,}/u.test(json)) assert.deepEqual(parsed.value, JSON.parse(json));
  });
}
