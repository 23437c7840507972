/**
 * A document system of many random relationships in a process of its own: `TUPLES`. Prints what loading takes, what
 * is held, and what checks cost, alone and while relationships are written.
 */
import { toRevision } from '../../src/kernel/revision.ts';
import type { CheckQuestion } from '../../src/policy/relations/evaluate/outcome.ts';
import type { Relationship, SubjectReference } from '../../src/policy/relations/store/relationship.ts';
import { worldOf } from '../../src/policy/relations/testing/world.ts';
import { percentile } from '../bar.ts';
import { CallTiming, type CallTimes } from '../call-timing.ts';
import { seededDraw } from '../seeded-draw.ts';

export type Documents = {
  readonly loadSeconds: number;
  /** Of the process: the heap and what typed arrays hold outside of it. */
  readonly bytes: number;
  readonly objects: number;
  readonly check: CallTimes;
  readonly granted: number;
  readonly busy: { readonly p99: number; readonly writesPerSecond: number };
  readonly lookup: { readonly mean: number; readonly perSecond: number };
};

const SCHEMA = `
definition user {}
definition group {
  relation member: user | group#member
}
definition organization {
  relation admin: user
  relation member: user | group#member
}
definition folder {
  relation organization: organization
  relation parent: folder
  relation owner: user
  relation viewer: user | group#member
  permission edit = owner + parent->edit + organization->admin
  permission view = viewer + edit + parent->view
}
definition document {
  relation folder: folder
  relation owner: user
  relation viewer: user | user:* | group#member
  relation banned: user
  permission edit = owner + folder->edit
  permission view = (viewer + edit + folder->view) - banned
}`;

const tuples = Number(process.argv[2]);
const draw = seededDraw(7);
/** One document to four relationships; everything else by its side, as in a company's drive. */
const documents = Math.floor(tuples / 4);
const folders = Math.floor(documents / 10);
const users = Math.floor(documents / 20);
const groups = Math.floor(documents / 100);
const organizations = Math.floor(documents / 1000);

const user = (): SubjectReference => ({ type: 'user', id: `u${draw.below(users)}` });
const group = (below: number): SubjectReference => ({ type: 'group', id: `g${draw.below(below)}`, relation: 'member' });

function* generate(): Generator<Relationship> {
  const say = (type: string, id: string, relation: string, subject: SubjectReference): Relationship => ({
    resource: { type, id },
    relation,
    subject,
  });
  for (let index = 0; index < groups; index += 1) {
    for (let member = 0; member < 8; member += 1) yield say('group', `g${index}`, 'member', user());
    if (index > 0 && draw.below(3) === 0) yield say('group', `g${index}`, 'member', group(index));
  }
  for (let index = 0; index < organizations; index += 1) {
    yield say('organization', `o${index}`, 'admin', user());
    for (let member = 0; member < 5; member += 1) yield say('organization', `o${index}`, 'member', group(groups));
  }
  for (let index = 0; index < folders; index += 1) {
    // Each organisation has a folder of its own, and all others are in one: eight or so in each, five or so levels.
    if (index < organizations) {
      yield say('folder', `f${index}`, 'organization', { type: 'organization', id: `o${index}` });
    } else {
      const parent = Math.floor((index - organizations) / 8);
      yield say('folder', `f${index}`, 'parent', { type: 'folder', id: `f${parent}` });
    }
    yield say('folder', `f${index}`, 'owner', user());
    yield say('folder', `f${index}`, 'viewer', group(groups));
  }
  for (let index = 0; ; index += 1) {
    const id = `d${index % documents}`;
    if (index < documents) {
      yield say('document', id, 'folder', { type: 'folder', id: `f${draw.below(folders)}` });
      yield say('document', id, 'owner', user());
    }
    yield say('document', id, draw.below(20) === 0 ? 'banned' : 'viewer', user());
    if (draw.below(3) === 0) yield say('document', id, 'viewer', group(groups));
  }
}

let generatingMs = 0;

/** Made some thousand at a time, so that what making them takes can be told from what loading them does. */
function* first(count: number): Generator<Relationship> {
  const all = generate();
  for (let left = count; left > 0;) {
    const from = performance.now();
    const some: Relationship[] = [];
    for (; some.length < 10_000 && left > 0; left -= 1) some.push(all.next().value as Relationship);
    generatingMs += performance.now() - from;
    yield* some;
  }
}

function bytesHeld(): number {
  gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const before = bytesHeld();
const started = performance.now();
const { relations, store, moment } = worldOf(SCHEMA, first(tuples));
const loadSeconds = (performance.now() - started - generatingMs) / 1000;
const bytes = bytesHeld() - before;

const check = (question: CheckQuestion): unknown => relations.check(question, now);
let now = moment();
const questions = (count: number): readonly CheckQuestion[] =>
  Array.from({ length: count }, () => {
    const resource = { type: 'document', id: `d${draw.below(documents)}` };
    return { resource, permission: 'view', subject: user() };
  });
/** Half of the questions are of a document that the subject was given: most of the others are denied. */
function* mixed(count: number): Generator<CheckQuestion> {
  for (const question of questions(count)) {
    const owners = store.read(
      now.snapshot,
      { resourceType: 'document', resourceId: question.resource.id, relation: 'owner' },
      now,
    );
    const owner = draw.below(2) === 0 ? owners.next().value : undefined;
    yield owner === undefined ? question : { ...question, subject: owner.subject };
  }
}

for (const question of mixed(50_000)) check(question);
const timing = new CallTiming(check);
for (let round = 0; round < 5; round += 1) {
  timing.timeSingly([...mixed(20_000)]);
  timing.timeTogether([...mixed(20_000)]);
}
const sample = [...mixed(5000)];
const granted = sample.filter((question) => relations.check(question, now).kind === 'has').length / sample.length;

process.stdout.write(
  JSON.stringify({
    loadSeconds,
    bytes,
    objects: documents + folders + users + groups + organizations,
    check: timing.times(),
    granted,
    busy: await checkWhileWriting(),
    lookup: lookUp(),
  } satisfies Documents),
);

/** Ten relationships are written every two milliseconds; whoever checks in between does so at the newest revision. */
async function checkWhileWriting(): Promise<Documents['busy']> {
  const samples: number[] = [];
  const asked = [...mixed(20_000)];
  const begun = performance.now();
  let written = 0;
  let at = 0;
  for (let batch = 0; performance.now() - begun < 3000; batch += 1) {
    const due = begun + batch * 2;
    while (performance.now() < due) {
      const question = asked[at++ % asked.length] as CheckQuestion;
      const from = performance.now();
      check(question);
      samples.push((performance.now() - from) * 1e6);
    }
    const updates = new Map(
      Array.from({ length: 10 }, () => {
        const relationship = {
          resource: { type: 'document', id: `d${draw.below(documents)}` },
          relation: 'viewer',
          subject: user(),
        };
        const operation = draw.below(3) === 0 ? ('delete' as const) : ('touch' as const);
        return [`${relationship.resource.id}@${relationship.subject.id}`, { operation, relationship }];
      }),
    );
    const result = store.write(toRevision(store.revision + 1), [...updates.values()], { now: 0 });
    if (!result.ok) throw new Error(result.problem.message);
    written += updates.size;
    now = moment();
    if (batch % 50 === 0) await new Promise(setImmediate);
  }
  return { p99: percentile(samples, 0.99), writesPerSecond: written / ((performance.now() - begun) / 1000) };
}

function lookUp(): Documents['lookup'] {
  let found = 0;
  let rounds = 0;
  const begun = performance.now();
  while (performance.now() - begun < 2000) {
    const page = relations.lookupResources({ resourceType: 'document', permission: 'view', subject: user() }, now);
    if (!page.ok) throw new Error(page.problem.message);
    found += page.value.found.length;
    rounds += 1;
  }
  return { mean: found / rounds, perSecond: found / ((performance.now() - begun) / 1000) };
}
