/**
 * A million entities in a store: what they take and how long they load, printed as JSON. To be run with `--expose-gc`,
 * and with `--max-old-space-size=1024` to prove that a gigabyte is enough.
 */
import { type EntityJson, EntityStore } from '../src/policy/cedar/store/entity-store.ts';

const USERS = 900_000;
const DOCUMENTS = 98_900;
const GROUPS = 1000;
const DEPARTMENTS = 100;
const BATCH = 10_000;
const MEGABYTE = 1024 * 1024;

/** A linear congruential generator: the same store in every run, and no list of a million random numbers. */
function makeDraw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function* entities(): Generator<EntityJson> {
  const draw = makeDraw(42);
  const drawn = (count: number, type: string, below: number): { type: string; id: string }[] =>
    Array.from({ length: count }, () => ({ type, id: `${type.toLowerCase()}-${draw(below)}` }));
  for (let index = 0; index < DEPARTMENTS; index += 1) {
    yield { uid: { type: 'Department', id: `department-${index}` }, attrs: {}, parents: [] };
  }
  for (let index = 0; index < GROUPS; index += 1) {
    const parents = drawn(1, 'Department', DEPARTMENTS);
    yield { uid: { type: 'Group', id: `group-${index}` }, attrs: { level: draw(10) }, parents };
  }
  for (let index = 0; index < USERS; index += 1) {
    const attrs = { email: `user-${index}@example.com`, clearance: draw(10), manager: reference('User', draw(USERS)) };
    yield { uid: { type: 'User', id: `user-${index}` }, attrs, parents: drawn(1 + draw(3), 'Group', GROUPS) };
  }
  for (let index = 0; index < DOCUMENTS; index += 1) {
    const readers = Array.from({ length: 1 + draw(5) }, () => reference('User', draw(USERS)));
    const attrs = { owner: reference('User', draw(USERS)), readers };
    yield { uid: { type: 'Document', id: `document-${index}` }, attrs, parents: [] };
  }
}

function reference(type: string, number: number): { __entity: { type: string; id: string } } {
  return { __entity: { type, id: `${type.toLowerCase()}-${number}` } };
}

/** As text, since entities come over the wire as it: so every text in the store is one that JSON.parse made. */
function* batches(): Generator<string> {
  let batch: EntityJson[] = [];
  for (const entity of entities()) {
    if (batch.push(entity) < BATCH) continue;
    yield JSON.stringify(batch);
    batch = [];
  }
  yield JSON.stringify(batch);
}

/** Typed arrays above a certain size lie outside the heap, and count all the same. */
function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const before = usedBytes();
const store = new EntityStore();
let milliseconds = 0;
for (const text of batches()) {
  const start = performance.now();
  const put = store.put(JSON.parse(text) as EntityJson[]);
  milliseconds += performance.now() - start;
  if (!put.ok) throw new Error(JSON.stringify(put.problem[0]));
}
const megabytes = (usedBytes() - before) / MEGABYTE;
const figures = {
  entities: store.size,
  megabytes,
  loadSeconds: milliseconds / 1000,
  entitiesPerSecond: (store.size / milliseconds) * 1000,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
