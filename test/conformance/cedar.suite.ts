/**
 * Cedar's own cases. `corpus.tar.gz`: sets of policies, schema and entities that were found by fuzzing, each with eight
 * requests, answered by Cedar's reference. `tests/`: hand-written ones, over `sample-data/`. Each request is decided by
 * both back ends and compared in decision, determining and erroring policies; each set in whether it validates.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { JsonObject } from '../../src/kernel/json.ts';
import type { Problem } from '../../src/kernel/problem.ts';
import { err, ok, type Result } from '../../src/kernel/result.ts';
import { formatSpan } from '../../src/kernel/source-span.ts';
import { type CedarPolicySet, type CedarSource, compileCedar } from '../../src/policy/cedar/compile.ts';
import type { EntityUid } from '../../src/policy/cedar/entity-uid.ts';
import { parseCedarJson } from '../../src/policy/cedar/schema/cedar-json.ts';
import { loadCedarSchema } from '../../src/policy/cedar/schema/load-schema.ts';
import { type EntityJson, EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import type { CaseResult } from './suite.ts';
import { readTarGz } from './tar-archive.ts';

/** A case file: paths are relative to the folder, or to the archive. */
type Case = {
  readonly policies: string;
  readonly entities: string;
  readonly schema: string;
  readonly shouldValidate: boolean;
  readonly requests: readonly Question[];
};

type Question = {
  readonly description: string;
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: JsonObject;
  /** Always so in the published cases; a request that is not to be validated could not be asked here. */
  readonly validateRequest?: boolean;
  readonly decision: 'allow' | 'deny';
  readonly reason: readonly string[];
  readonly errors: readonly string[];
};

export async function* run(folder: string): AsyncIterable<CaseResult> {
  const archive = readTarGz(join(folder, 'corpus.tar.gz'));
  for (const [path, text] of archive) {
    if (!/(?<!\.entities)\.json$/u.test(path)) continue;
    yield* judge(`corpus/${basename(path, '.json')}`, text, (file) => archive.get(file) ?? missing(file));
  }
  for (const path of globSync('tests/**/*.json', { cwd: folder }).sort()) {
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    yield* judge(path.replace(/\.json$/u, ''), read(path), read);
  }
}

function missing(file: string): never {
  throw new Error(`the archive has no \`${file}\``);
}

async function* judge(name: string, text: string, read: (file: string) => string): AsyncIterable<CaseResult> {
  const parsed = parseCedarJson(text);
  if (!parsed.ok) throw new Error(`${name}: ${parsed.problem.message}`);
  const set = parsed.value as Case;
  const loaded = await load(set, read);
  yield result(`${name} validates`, loaded.ok ? compareValidation(set, loaded.value) : loaded.problem);
  for (const question of set.requests) {
    yield result(`${name} ${question.description}`, loaded.ok ? compare(question, loaded.value) : loaded.problem);
  }
}

function result(name: string, failure: string | undefined): CaseResult {
  return failure === undefined ? { name } : { name, failure };
}

type Loaded = {
  /** Why strict validation refused the policies; undefined when it did not. */
  readonly invalid: string | undefined;
  readonly sets: readonly CedarPolicySet[];
};

/** The set as it is deployed; whatever of it cannot be loaded fails every one of its cases. */
async function load(set: Case, read: (file: string) => string): Promise<Result<Loaded, string>> {
  const schema = await loadCedarSchema(read(set.schema));
  if (!schema.ok) return err(`the schema is refused: ${describe(schema.problem)}`);
  const entities = parseCedarJson(read(set.entities));
  if (!entities.ok) return err(`the entities are refused: ${entities.problem.message}`);
  const store = new EntityStore({ schema: schema.value });
  const put = store.put(entities.value as readonly EntityJson[]);
  if (!put.ok) return err(`the entities are refused: ${describe(put.problem)}`);

  const policies = [{ file: basename(set.policies), text: read(set.policies) }];
  const source: CedarSource = { policies, schema: schema.value, entities: store };
  const strict = await compileCedar({ ...source, validate: 'strict', backend: 'javascript' });
  const lax = strict.ok ? strict : await compileCedar({ ...source, validate: 'off', backend: 'javascript' });
  if (!lax.ok) return err(`the policies are refused: ${describe(lax.problem)}`);
  const closures = await compileCedar({ ...source, validate: 'off', backend: 'closures' });
  if (!closures.ok) return err(`the closure back end refuses the policies: ${describe(closures.problem)}`);
  return ok({ invalid: strict.ok ? undefined : describe(strict.problem), sets: [lax.value, closures.value] });
}

function describe(problems: readonly Problem[]): string {
  return problems.map(({ message, at }) => (at === undefined ? message : `${formatSpan(at)}: ${message}`)).join('; ');
}

function compareValidation({ shouldValidate }: Case, { invalid }: Loaded): string | undefined {
  if (shouldValidate === (invalid === undefined)) return undefined;
  return shouldValidate
    ? `wanted it to validate, and it was refused: ${invalid}`
    : 'wanted a refusal, and it validates';
}

function compare(question: Question, { sets }: Loaded): string | undefined {
  if (question.validateRequest === false) return 'a request that is not to be validated cannot be asked';
  const { principal, action, resource, context } = question;
  const request = { principal, action, resource, context };
  const wanted = show(question.decision, question.reason, question.errors);
  for (const set of sets) {
    const explained = set.explain(request);
    if (explained.problem !== undefined) return `${set.backend}: the request is refused: ${explained.problem.message}`;
    const determining = explained.determining.map(({ id }) => id);
    const errors = explained.errors.map(({ policy }) => policy.id);
    const came = show(explained.decision, determining, errors);
    if (came !== wanted) return `${set.backend}: wanted ${wanted}, got ${came}`;
    const decided = set.decide(request);
    if (decided !== explained.decision) return `${set.backend}: decides ${decided}, explains ${explained.decision}`;
  }
  return undefined;
}

function show(decision: string, determining: readonly string[], errors: readonly string[]): string {
  return `${decision} by [${determining.toSorted().join(', ')}], errors in [${errors.toSorted().join(', ')}]`;
}
