/**
 * SpiceDB's own cases: a schema, relationships and what must be true, false or open of them. Of each file every
 * assertion is a case; and for every resource, permission and subject in it, checks, lookups in pages of each size
 * and expansion must say the same.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

import type { JsonObject } from '../../src/kernel/json.ts';
import { toRevision } from '../../src/kernel/revision.ts';
import { err, ok, type Result } from '../../src/kernel/result.ts';
import { caveatEvaluator } from '../../src/policy/relations/evaluate/evaluate-caveat.ts';
import { Relations } from '../../src/policy/relations/evaluate/relations.ts';
import { parseSchema } from '../../src/policy/relations/schema/parse-schema.ts';
import { RelationshipStore } from '../../src/policy/relations/store/relationship-store.ts';
import { parseRelationship } from '../../src/policy/relations/store/relationship-text.ts';
import { disagreements, type RelationsWorld } from '../../src/policy/relations/testing/agreement.ts';
import type { CaseResult } from './suite.ts';

type File = {
  readonly schema: string;
  readonly relationships?: string;
  readonly assertions?: {
    readonly assertTrue?: readonly string[];
    readonly assertFalse?: readonly string[];
    readonly assertCaveated?: readonly string[];
  };
};

/** Relationships of the cases expire long before or long after it. */
const NOW = Date.parse('2026-01-01T00:00:00Z');

export async function* run(folder: string): AsyncIterable<CaseResult> {
  for (const path of globSync('*.yaml', { cwd: folder }).sort()) {
    const name = basename(path, '.yaml');
    const file = parse(readFileSync(join(folder, path), 'utf8')) as File;
    const world = worldOf(path, file);
    if (!world.ok) {
      yield { name, failure: world.problem };
      continue;
    }
    const { assertTrue, assertFalse, assertCaveated } = file.assertions ?? {};
    const contexts: JsonObject[] = [{}];
    const wanted = [
      ['has', assertTrue],
      ['has-not', assertFalse],
      ['conditional', assertCaveated],
    ] as const;
    for (const [kind, texts] of wanted) {
      for (const text of texts ?? []) {
        const failure = judge(world.value, text, kind, contexts);
        yield { name: `${name}: ${text}`, ...(failure !== undefined && { failure }) };
      }
    }
    const differing = contexts.flatMap((context) => disagreements({ ...world.value, context }));
    yield { name: `${name}: all agree`, ...(differing.length > 0 && { failure: differing.slice(0, 5).join('; ') }) };
  }
}

function worldOf(path: string, { schema: text, relationships = '' }: File): Result<RelationsWorld, string> {
  const schema = parseSchema({ file: path, text });
  if (!schema.ok) return err(`the schema is refused: ${schema.problem[0]?.message ?? ''}`);
  const evaluateCaveat = caveatEvaluator(schema.value);
  if (!evaluateCaveat.ok) return err(`a caveat is refused: ${evaluateCaveat.problem[0]?.message ?? ''}`);
  const parsed = relationships
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//'))
    .map(parseRelationship);
  const refused = parsed.find((each) => !each.ok);
  if (refused?.ok === false) return err(`a relationship is refused: ${refused.problem.message}`);
  const tuples = parsed.flatMap((each) => (each.ok ? [each.value] : []));
  const store = new RelationshipStore();
  const loaded = store.load(toRevision(1), tuples);
  if (!loaded.ok) return err(loaded.problem.message);
  const relations = new Relations({ schema: schema.value, store, evaluateCaveat: evaluateCaveat.value });
  return ok({
    schema: schema.value,
    tuples,
    relations,
    evaluateCaveat: evaluateCaveat.value,
    store,
    now: NOW,
    context: {},
  });
}

/** An assertion is a relationship, and perhaps a context: `document:one#view@user:ann with {"day": "monday"}`. */
function judge(world: RelationsWorld, text: string, wanted: string, contexts: JsonObject[]): string | undefined {
  const [, tuple = '', json = '{}'] = /^(.+?)(?:\s+with\s+(\{.*\}))?$/su.exec(text) ?? [];
  const asked = parseRelationship(tuple);
  if (!asked.ok) return asked.problem.message;
  const context = JSON.parse(json) as JsonObject;
  if (json !== '{}') contexts.push(context);
  const { resource, relation: permission, subject } = asked.value;
  const moment = { snapshot: world.store.snapshot(), now: world.now, context };
  const outcome = world.relations.check({ resource, permission, subject }, moment);
  return outcome.kind === wanted ? undefined : `wanted ${wanted}, got ${JSON.stringify(outcome)}`;
}
