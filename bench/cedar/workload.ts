/** One workload of the folder: an application's policies, schema and entities, and requests drawn from them. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { compileCedar, type CedarPolicySet } from '../../src/policy/cedar/compile.ts';
import type { Backend } from '../../src/policy/cedar/compile.ts';
import type { EntityUid } from '../../src/policy/cedar/entity-uid.ts';
import type { ActionSchema, CedarSchema } from '../../src/policy/cedar/schema/cedar-schema.ts';
import { loadCedarSchema } from '../../src/policy/cedar/schema/load-schema.ts';
import { type EntityJson, EntityStore } from '../../src/policy/cedar/store/entity-store.ts';
import { type Draw, seededDraw } from '../seeded-draw.ts';

export type Question = { readonly principal: EntityUid; readonly action: EntityUid; readonly resource: EntityUid };

export type Workload = {
  /** Application and entities of each type, such as `github 50`. */
  readonly name: string;
  readonly files: { readonly policies: string; readonly schema: string; readonly entities: string };
  readonly policies: string;
  readonly schema: CedarSchema;
  readonly entities: readonly EntityJson[];
  readonly store: EntityStore;
};

/** Every entity file of every application below the folder. */
export async function loadWorkloads(folder: string): Promise<readonly Workload[]> {
  const workloads: Workload[] = [];
  const size = (path: string): number => Number(/(\d+)\.json$/u.exec(path)?.[1]);
  for (const policies of globSync('*/*.cedar', { cwd: folder }).sort()) {
    const application = join(folder, policies, '..');
    const [schema] = globSync('*.cedarschema.json', { cwd: application });
    if (schema === undefined) throw new Error(`\`${application}\` has no schema`);
    for (const entities of globSync('entities_*.json', { cwd: application }).sort((a, b) => size(a) - size(b))) {
      const files = {
        policies: join(folder, policies),
        schema: join(application, schema),
        entities: join(application, entities),
      };
      workloads.push(await loadWorkload(`${basename(application)} ${size(entities)}`, files));
    }
  }
  if (workloads.length === 0) throw new Error(`there is no workload in \`${folder}\``);
  return workloads;
}

async function loadWorkload(name: string, files: Workload['files']): Promise<Workload> {
  const schema = await loadCedarSchema(readFileSync(files.schema, 'utf8'));
  if (!schema.ok) throw new Error(`${name}: ${schema.problem[0]?.message}`);
  const entities = JSON.parse(readFileSync(files.entities, 'utf8')) as readonly EntityJson[];
  const store = new EntityStore({ schema: schema.value });
  const put = store.put(entities);
  if (!put.ok) throw new Error(`${name}: ${put.problem[0]?.message}`);
  return { name, files, policies: readFileSync(files.policies, 'utf8'), schema: schema.value, entities, store };
}

export async function compileWorkload(workload: Workload, backend: Backend): Promise<CedarPolicySet> {
  const { policies, schema, store } = workload;
  const compiled = await compileCedar({ policies, schema, entities: store, backend });
  if (!compiled.ok) throw new Error(`${workload.name}: ${compiled.problem[0]?.message}`);
  return compiled.value;
}

/** A principal and a resource of the store, of types that a drawn action is for. */
export function drawQuestions({ schema, store }: Workload, count: number, seed: number): readonly Question[] {
  const draw = seededDraw(seed);
  const actions = [...schema.actions.values()].filter((action) => action.principalTypes.size > 0);
  const ofType = new Map([...schema.entityTypes.keys()].map((type) => [type, uidsOf(store, type)]));
  return Array.from({ length: count }, () => drawQuestion(draw, draw.of(actions), ofType));
}

function uidsOf(store: EntityStore, type: string): readonly EntityUid[] {
  return [...store.entitiesOf(type)].map(({ id }) => ({ type, id }));
}

function drawQuestion(
  draw: Draw,
  { uid, principalTypes, resourceTypes }: ActionSchema,
  ofType: ReadonlyMap<string, readonly EntityUid[]>,
): Question {
  const among = (types: ReadonlySet<string>): EntityUid =>
    draw.of([...types].flatMap((type) => ofType.get(type) ?? []));
  return { principal: among(principalTypes), action: uid, resource: among(resourceTypes) };
}

/** The same questions in strings of their own, as they come off a wire: their hashes are not known yet. */
export function freshCopies(questions: readonly Question[]): readonly Question[] {
  return questions.map(({ principal, action, resource }) => {
    return { principal: freshUid(principal), action: freshUid(action), resource: freshUid(resource) };
  });
}

function freshUid({ type, id }: EntityUid): EntityUid {
  return { type: Buffer.from(type).toString(), id: Buffer.from(id).toString() };
}
