/** How batches share a commit, and what their writers are told when it fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProblemError } from '../kernel/problem.ts';
import { ok } from '../kernel/result.ts';
import { toRevision } from '../kernel/revision.ts';
import { type Batch, parseBatch } from './batch.ts';
import { type CommitGroup, GroupCommit } from './group-commit.ts';

function batchOf(bytes: number): Batch {
  const parsed = parseBatch([{ kind: 'thing', name: 'a', value: 1 }]);
  assert.ok(parsed.ok);
  return { ...parsed.value, bytes };
}

/** Commits of which each waits until it is let go. */
function held(): { readonly commit: CommitGroup; readonly sizes: number[]; readonly release: () => void } {
  const sizes: number[] = [];
  const gates: (() => void)[] = [];
  let open = false;
  let revision = 0;
  return {
    sizes,
    release: () => {
      open = true;
      for (const gate of gates) gate();
    },
    commit: async (group) => {
      sizes.push(group.length);
      if (!open) await new Promise<void>((resolve) => gates.push(resolve));
      return group.map(() => ok(toRevision((revision += 1))));
    },
  };
}

test('what is written while a commit is under way goes into the next one, in order', async () => {
  const { commit, sizes, release } = held();
  const commits = new GroupCommit(commit);
  const first = commits.submit(batchOf(1));
  while (sizes.length === 0) await new Promise(setImmediate);
  const rest = Array.from({ length: 30 }, () => commits.submit(batchOf(1)));
  release();
  const outcomes = await Promise.all([first, ...rest]);
  assert.deepEqual(sizes, [1, 30]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && outcome.value),
    Array.from({ length: 31 }, (_, index) => index + 1),
  );
});

test('a group is bounded in bytes, and the largest batch goes alone', async () => {
  const { commit, sizes, release } = held();
  release();
  const commits = new GroupCommit(commit);
  const half = 8 * 1024 * 1024;
  await Promise.all([half, half, half, 3 * half, 1].map((bytes) => commits.submit(batchOf(bytes))));
  assert.deepEqual(sizes, [2, 1, 1, 1]);
});

test('a store that commits slower than it is written refuses more', async () => {
  const { commit, sizes, release } = held();
  const commits = new GroupCommit(commit);
  const large = 16 * 1024 * 1024;
  const taken = [commits.submit(batchOf(1))];
  while (sizes.length === 0) await new Promise(setImmediate);
  for (let index = 0; index < 8; index += 1) taken.push(commits.submit(batchOf(large)));
  const refused = await commits.submit(batchOf(large));
  assert.ok(!refused.ok && refused.problem.code === 'records/overloaded');
  release();
  assert.ok((await Promise.all(taken)).every((outcome) => outcome.ok));
  assert.ok((await commits.submit(batchOf(large))).ok, 'there is room again');
});

test('a commit that fails fails all its writers, and none after them', async () => {
  let failing = true;
  const commits = new GroupCommit(async (group) => {
    if (failing) throw new ProblemError({ code: 'records/disk-full', message: 'no space is left' });
    return group.map(() => ok(toRevision(1)));
  });
  const failed = await Promise.allSettled([commits.submit(batchOf(1)), commits.submit(batchOf(1))]);
  for (const outcome of failed) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof ProblemError);
    assert.equal(outcome.reason.problem.code, 'records/disk-full');
  }
  failing = false;
  assert.ok((await commits.submit(batchOf(1))).ok);
});
