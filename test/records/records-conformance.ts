/** What every engine of the records must do: one suite, run on each of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { JsonValue } from '../../src/kernel/json.ts';
import { MAX_RECORD_BYTES } from '../../src/kernel/limits.ts';
import { ProblemError } from '../../src/kernel/problem.ts';
import type { Result } from '../../src/kernel/result.ts';
import { NO_REVISION, type Revision, toRevision } from '../../src/kernel/revision.ts';
import { MAX_BATCH_WRITES } from '../../src/records/batch.ts';
import { PAGE_BYTES, PAGE_REVISIONS } from '../../src/records/page.ts';
import { isConflict } from '../../src/records/problems.ts';
import { MAX_NAME_BYTES } from '../../src/records/record-key.ts';
import type { Changes, Records, Write } from '../../src/records/records.ts';

/** A new and empty store, that can be opened again after it was closed. */
export type NewStore = () => Promise<{ readonly open: () => Promise<Records> }>;

export function revisionOf(outcome: Result<Revision>): Revision {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.problem.message);
  return outcome.value;
}

export function codeOf(outcome: Result<Revision>): string {
  return outcome.ok ? 'ok' : outcome.problem.code;
}

export function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problem.code, code);
    return true;
  });
}

/** Takes from a watch until the batch of `last` came. */
export async function takeUntil(watch: AsyncIterable<Changes>, last: number): Promise<Changes[]> {
  const taken: Changes[] = [];
  for await (const changes of watch) {
    taken.push(changes);
    if (changes.revision >= last) break;
  }
  return taken;
}

function put(name: string, value: JsonValue, expected?: Revision): Write {
  return expected === undefined ? { kind: 'thing', name, value } : { kind: 'thing', name, value, expected };
}

function drop(name: string): Write {
  return { kind: 'thing', name, value: undefined };
}

const names = (records: readonly { readonly name: string }[]): string[] => records.map(({ name }) => name);

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return byBytes(a, b);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function recordsConformance(engine: string, newStore: NewStore): void {
  const openNew = async (): Promise<Records> => (await newStore()).open();

  // A watch that is never woken would wait for ever: the bound is for that, not for speed.
  describe(`records in ${engine}`, { timeout: 300_000 }, () => {
    describe('writing', () => {
      test('a new store is empty and at no revision', async () => {
        await using records = await openNew();
        assert.equal(await records.revision(), NO_REVISION);
        assert.deepEqual(await records.list('thing', ''), { records: [], revision: NO_REVISION });
        assert.equal(await records.get('thing', 'a'), undefined);
      });

      test('each batch is one revision, and the next one', async () => {
        await using records = await openNew();
        assert.equal(revisionOf(await records.write([put('a', 1), put('b', 2)])), 1);
        assert.equal(revisionOf(await records.write([put('a', 3)])), 2);
        assert.equal(await records.revision(), 2);
        assert.deepEqual(await records.get('thing', 'a'), { kind: 'thing', name: 'a', value: 3, revision: 2 });
        assert.deepEqual(await records.get('thing', 'b'), { kind: 'thing', name: 'b', value: 2, revision: 1 });
      });

      test('kinds do not see each other', async () => {
        await using records = await openNew();
        await records.write([put('a', 1), { kind: 'other', name: 'a', value: 2 }]);
        assert.equal((await records.get('thing', 'a'))?.value, 1);
        assert.equal((await records.get('other', 'a'))?.value, 2);
        assert.equal((await records.list('thing', '')).records.length, 1);
      });

      test('any JSON value comes back as it was', async () => {
        await using records = await openNew();
        await fc.assert(
          fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (generated) => {
            // JSON has one zero; that is a property of JSON and not of the store.
            const value = JSON.parse(JSON.stringify(generated)) as JsonValue;
            const revision = revisionOf(await records.write([put('value', value)]));
            assert.deepEqual(await records.get('thing', 'value'), { kind: 'thing', name: 'value', value, revision });
          }),
          { numRuns: 60 },
        );
        for (const value of ['\0', '\ud800', { '\0': '\\u0000' }, { b: 1, a: 2 }, 2 ** 53, 5e-324]) {
          await records.write([put('value', value)]);
          const got = (await records.get('thing', 'value'))?.value;
          assert.equal(JSON.stringify(got), JSON.stringify(value), 'bit for bit, members in order');
        }
      });

      test('an expectation that holds lets the write pass', async () => {
        await using records = await openNew();
        const first = revisionOf(await records.write([put('a', 1, NO_REVISION)]));
        const second = revisionOf(await records.write([put('a', 2, first)]));
        await records.write([drop('a')]);
        assert.equal(codeOf(await records.write([put('a', 3, NO_REVISION)])), 'ok', 'deleted is not there');
        assert.equal(second, 2);
      });

      test('an expectation that does not hold is a conflict that names record and revisions', async () => {
        await using records = await openNew();
        await records.write([put('a', 1)]);
        await records.write([put('b', 1)]);
        for (const [write, expected, actual] of [
          [put('a', 9, NO_REVISION), 0, 1],
          [put('b', 9, toRevision(1)), 1, 2],
          [put('c', 9, toRevision(1)), 1, 0],
        ] as const) {
          const outcome = await records.write([write]);
          assert.ok(!outcome.ok && isConflict(outcome.problem));
          const { kind, name, expected: wanted, actual: found } = outcome.problem;
          assert.deepEqual(
            { kind, name, wanted, found },
            { kind: 'thing', name: write.name, wanted: expected, found: actual },
          );
        }
        assert.equal(await records.revision(), 2, 'a conflict uses up no revision');
      });

      test('a batch with one conflict writes nothing', async () => {
        await using records = await openNew();
        await records.write([put('a', 1)]);
        assert.equal(
          codeOf(await records.write([put('b', 1), drop('a'), put('c', 1, toRevision(1))])),
          'records/conflict',
        );
        assert.deepEqual(names((await records.list('thing', '')).records), ['a']);
        assert.equal(await records.revision(), 1);
      });

      test('what cannot be written is refused with its code, and writes nothing', async () => {
        await using records = await openNew();
        const deep = JSON.parse('['.repeat(300) + ']'.repeat(300)) as JsonValue;
        const cases: readonly (readonly [string, readonly Write[]])[] = [
          ['records/bad-batch', []],
          ['records/bad-batch', [put('a', 1), put('a', 2)]],
          ['records/bad-batch', Array.from({ length: MAX_BATCH_WRITES + 1 }, (_, index) => put(`n${index}`, 1))],
          ['records/bad-key', [put('', 1)]],
          ['records/bad-key', [put('a\0b', 1)]],
          ['records/bad-key', [put('\ud800', 1)]],
          ['records/bad-key', [put('é'.repeat(MAX_NAME_BYTES / 2 + 1), 1)]],
          ['records/bad-key', [{ kind: '', name: 'a', value: 1 }]],
          ['records/bad-key', [{ kind: 'a b', name: 'a', value: 1 }]],
          ['records/bad-key', [{ kind: 'k'.repeat(65), name: 'a', value: 1 }]],
          ['records/bad-value', [put('a', Number.NaN)]],
          ['records/bad-value', [put('a', [Number.POSITIVE_INFINITY])]],
          ['records/bad-value', [put('a', { b: undefined } as unknown as JsonValue)]],
          ['records/bad-value', [put('a', new Date(0) as unknown as JsonValue)]],
          ['records/bad-value', [put('a', deep)]],
          ['records/too-large', [put('a', 'x'.repeat(MAX_RECORD_BYTES - 1))]],
          [
            'records/too-large',
            Array.from({ length: 5 }, (_, index) => put(`n${index}`, 'x'.repeat(MAX_RECORD_BYTES - 2))),
          ],
        ];
        for (const [code, batch] of cases) assert.equal(codeOf(await records.write([...batch])), code);
        assert.equal(await records.revision(), NO_REVISION);
      });

      test('the largest name and value and a name of any character are kept', async () => {
        await using records = await openNew();
        const name = '\u{10ffff}'.repeat(MAX_NAME_BYTES / 4);
        const value = 'x'.repeat(MAX_RECORD_BYTES - 2);
        await records.write([put(name, value), put('line\nbreak\t\u{7f}', 1)]);
        assert.equal((await records.get('thing', name))?.value, value);
        assert.equal((await records.get('thing', 'line\nbreak\t\u{7f}'))?.value, 1);
      });

      test('a key that cannot be written is not found', async () => {
        await using records = await openNew();
        assert.equal(await records.get('a b', 'a'), undefined);
        assert.equal(await records.get('thing', 'a\0'), undefined);
        assert.deepEqual((await records.list('thing', '\ud800')).records, []);
        assert.deepEqual((await records.list('a\0', '')).records, []);
      });

      test('concurrent writers share commits, and each gets its own revision or conflict', async () => {
        await using records = await openNew();
        const outcomes = await Promise.all(
          Array.from({ length: 200 }, (_, index) =>
            records.write([put(index % 2 === 0 ? 'same' : `own-${index}`, index, NO_REVISION)]),
          ),
        );
        const revisions = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
        assert.equal(revisions.length, 101, 'one of the hundred writers of the same record, and all others');
        assert.deepEqual(
          revisions.toSorted((a, b) => a - b),
          Array.from({ length: 101 }, (_, index) => index + 1),
        );
        assert.ok(outcomes.every((outcome) => outcome.ok || outcome.problem.code === 'records/conflict'));
      });

      test('counting with expectations from many writers loses no count', async () => {
        await using records = await openNew();
        await records.write([put('count', 0)]);
        const increment = async (): Promise<void> => {
          for (;;) {
            const record = await records.get('thing', 'count');
            assert.ok(record !== undefined && typeof record.value === 'number');
            if ((await records.write([put('count', record.value + 1, record.revision)])).ok) return;
          }
        };
        await Promise.all(Array.from({ length: 20 }, increment));
        assert.equal((await records.get('thing', 'count'))?.value, 20);
        assert.equal(await records.revision(), 21);
      });
    });

    describe('reading', () => {
      test('a prefix is matched byte for byte, and names come in the order of their bytes', async () => {
        const all = [
          '%',
          '_',
          '\\',
          'A',
          'a',
          'a%',
          'a%b',
          'a_b',
          'aXb',
          'a/b',
          'a/B',
          'ä',
          'z',
          '\u{ff}',
          '\u{d7ff}',
          '\u{d7ff}x',
        ];
        all.push(
          '\u{e000}',
          '\u{ffff}',
          '\u{10000}',
          '\u{10ffff}',
          '\u{10ffff}x',
          'a\u{10ffff}',
          'a\u{10ffff}\u{10ffff}',
        );
        await using records = await openNew();
        await records.write(all.map((name) => put(name, 1)));
        const check = async (prefix: string): Promise<void> => {
          const wanted = all.filter((name) => name.startsWith(prefix)).sort(byBytes);
          assert.deepEqual(names((await records.list('thing', prefix)).records), wanted, JSON.stringify(prefix));
          assert.deepEqual(names((await records.list('thing', prefix, toRevision(1))).records), wanted);
        };
        await check('');
        for (const name of all) for (const length of [1, 2]) await check(Array.from(name).slice(0, length).join(''));
      });

      test('reads at every revision, before and after a compaction, are those of a plain model', async () => {
        const batch = fc.uniqueArray(
          fc.record({ name: fc.constantFrom('a', 'ab', 'b', 'ba'), value: fc.option(fc.nat(9), { nil: undefined }) }),
          { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
        );
        await fc.assert(
          fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 12 }), fc.nat(), async (batches, cut) => {
            await using records = await openNew();
            const model = await replay(records, batches);
            await expectModel(records, model, 0);
            const before = cut % (model.length - 1);
            await records.compact(toRevision(before));
            await expectModel(records, model, before);
            const changes = await takeUntil(records.watch(toRevision(before)), model.length - 1);
            assert.deepEqual(
              changes.map(({ revision }) => revision),
              model.slice(before + 1).map((_, index) => before + index + 1),
            );
          }),
          { numRuns: 12 },
        );
      });

      test('a listing as of a revision says that revision', async () => {
        await using records = await openNew();
        await records.write([put('a', 1)]);
        await records.write([put('a', 2)]);
        assert.equal((await records.list('thing', '', toRevision(1))).revision, 1);
        assert.equal((await records.list('thing', '')).revision, 2);
      });

      test('a revision that was never reached is refused', async () => {
        await using records = await openNew();
        await records.write([put('a', 1)]);
        await rejectsWith(records.get('thing', 'a', toRevision(2)), 'records/future-revision');
        await rejectsWith(records.list('thing', '', toRevision(2)), 'records/future-revision');
        await rejectsWith(records.compact(toRevision(2)), 'records/future-revision');
        await rejectsWith(takeUntil(records.watch(toRevision(2)), 3), 'records/future-revision');
      });

      test('what was compacted is refused by its own code', async () => {
        await using records = await openNew();
        for (const value of [1, 2, 3]) await records.write([put('a', value)]);
        await records.compact(toRevision(2));
        await rejectsWith(records.get('thing', 'a', toRevision(1)), 'records/compacted');
        await rejectsWith(records.list('thing', '', toRevision(1)), 'records/compacted');
        await rejectsWith(takeUntil(records.watch(toRevision(1)), 3), 'records/compacted');
        await records.compact(toRevision(1));
        await rejectsWith(records.get('thing', 'a', toRevision(1)), 'records/compacted');
        assert.equal((await records.get('thing', 'a', toRevision(2)))?.value, 2);
      });

      test('a long history is compacted whole', async () => {
        await using records = await openNew();
        await Promise.all(Array.from({ length: 2500 }, (_, index) => records.write([put('a', index)])));
        const head = await records.revision();
        await records.compact(head);
        assert.equal((await records.get('thing', 'a', head))?.revision, 2500);
        assert.equal(revisionOf(await records.write([put('a', 0, toRevision(2500))])), 2501);
      });
    });

    describe('watching', () => {
      test('first what is there, then what comes, in order and without a gap', async () => {
        await using records = await openNew();
        await records.write([put('a', 1), put('b', 2)]);
        await records.write([drop('a')]);
        const watch = records.watch(NO_REVISION)[Symbol.asyncIterator]();
        const next = async (): Promise<unknown> => (await watch.next()).value;
        assert.deepEqual(await next(), {
          revision: 1,
          changes: [
            { kind: 'thing', name: 'a', value: 1 },
            { kind: 'thing', name: 'b', value: 2 },
          ],
        });
        assert.deepEqual(await next(), { revision: 2, changes: [{ kind: 'thing', name: 'a', value: undefined }] });
        const live = next();
        await records.write([put('c', 3)]);
        assert.deepEqual(await live, { revision: 3, changes: [{ kind: 'thing', name: 'c', value: 3 }] });
        await watch.return?.();
      });

      test('the order within a batch is the order that was written', async () => {
        await using records = await openNew();
        await records.write(['z', 'm', 'a', 'q'].map((name) => put(name, 1)));
        const [batch] = await takeUntil(records.watch(NO_REVISION), 1);
        assert.deepEqual(names(batch?.changes ?? []), ['z', 'm', 'a', 'q']);
      });

      test('watchers that start anywhere while writers write see the rest, whole', async () => {
        await using records = await openNew();
        const total = PAGE_REVISIONS + 50;
        const watches = Array.from({ length: 10 }, (_, index) => takeUntil(records.watch(NO_REVISION), total - index));
        const late: Promise<Changes[]>[] = [];
        const write = async (index: number): Promise<void> => {
          const revision = revisionOf(await records.write([put(`n${index}`, index)]));
          if (index % 50 === 0) late.push(takeUntil(records.watch(revision), total));
        };
        await Promise.all(Array.from({ length: total }, (_, index) => write(index)));
        for (const taken of await Promise.all([...watches, ...late])) {
          const first = taken[0]?.revision ?? 1;
          assert.deepEqual(
            taken.map(({ revision }) => revision),
            taken.map((_, index) => first + index),
          );
        }
        assert.equal((await Promise.all(watches))[0]?.length, total);
      });

      test('batches beyond one page of bytes arrive whole', async () => {
        await using records = await openNew();
        const large = 'x'.repeat(PAGE_BYTES / 4);
        for (let index = 0; index < 4; index += 1) {
          await records.write(Array.from({ length: 3 }, (_, part) => put(`n${index}.${part}`, large)));
        }
        const taken = await takeUntil(records.watch(NO_REVISION), 4);
        assert.deepEqual(
          taken.map(({ revision, changes }) => [revision, changes.length]),
          [1, 2, 3, 4].map((revision) => [revision, 3]),
        );
      });

      test('a listing and a watch from it make the whole state', async () => {
        await using records = await openNew();
        const writing = (async () => {
          for (let index = 0; index < 60; index += 1) await records.write([put(`n${index % 7}`, index)]);
        })();
        await takeUntil(records.watch(NO_REVISION), 20);
        const { records: listed, revision } = await records.list('thing', '');
        const state = new Map(listed.map(({ name, value }) => [name, value]));
        for (const { changes } of revision < 60 ? await takeUntil(records.watch(revision), 60) : []) {
          for (const { name, value } of changes) state.set(name, value ?? null);
        }
        await writing;
        const now = (await records.list('thing', '')).records.map(({ name, value }) => [name, value] as const);
        assert.deepEqual([...state].sort(byName), now.sort(byName));
      });

      test('an abort ends a waiting watch, and one that has ended before', async () => {
        await using records = await openNew();
        const stop = new AbortController();
        const waiting = Array.fromAsync(records.watch(NO_REVISION, { signal: stop.signal }));
        await records.revision();
        stop.abort();
        assert.deepEqual(await waiting, []);
        assert.deepEqual(await Array.fromAsync(records.watch(NO_REVISION, { signal: stop.signal })), []);
      });

      test('closing the store ends its watches', async () => {
        const records = await openNew();
        const waiting = Array.fromAsync(records.watch(NO_REVISION));
        await records.write([put('a', 1)]);
        const taken = takeUntil(records.watch(NO_REVISION), 1);
        await taken;
        await records[Symbol.asyncDispose]();
        assert.ok((await waiting).length <= 1);
      });
    });

    describe('lifetime', () => {
      test('writes that were taken before the store is closed are written, later ones refused', async () => {
        const store = await newStore();
        const records = await store.open();
        const taken = Array.from({ length: 20 }, (_, index) => records.write([put(`n${index}`, index)]));
        await records[Symbol.asyncDispose]();
        await records[Symbol.asyncDispose]();
        assert.ok((await Promise.all(taken)).every(({ ok }) => ok));
        await rejectsWith(records.write([put('late', 1)]), 'records/closed');
        await rejectsWith(records.revision(), 'records/closed');
      });

      test('a store that is opened again has everything, and goes on counting', async () => {
        const store = await newStore();
        {
          await using records = await store.open();
          await records.write([put('a', 1), put('gone', 1)]);
          await records.write([put('a', 2), drop('gone')]);
          await records.compact(toRevision(1));
        }
        await using records = await store.open();
        assert.equal(await records.revision(), 2);
        assert.equal((await records.get('thing', 'gone', toRevision(1)))?.value, 1);
        assert.deepEqual(names((await records.list('thing', '')).records), ['a']);
        const watch = takeUntil(records.watch(toRevision(1)), 3);
        assert.equal(revisionOf(await records.write([put('b', 1)])), 3);
        assert.deepEqual(
          (await watch).map(({ revision }) => revision),
          [2, 3],
        );
        await rejectsWith(records.get('thing', 'a', NO_REVISION), 'records/compacted');
      });
    });
  });
}

type Model = readonly ReadonlyMap<string, number>[];
type ModelBatch = readonly { readonly name: string; readonly value: number | undefined }[];

/** The state at each revision, from 0 on. */
async function replay(records: Records, batches: readonly ModelBatch[]): Promise<Model> {
  const model: ReadonlyMap<string, number>[] = [new Map()];
  for (const batch of batches) {
    await records.write(batch.map(({ name, value }) => ({ kind: 'thing', name, value })));
    const state = new Map(model.at(-1));
    for (const { name, value } of batch) {
      if (value === undefined) state.delete(name);
      else state.set(name, value);
    }
    model.push(state);
  }
  return model;
}

async function expectModel(records: Records, model: Model, from: number): Promise<void> {
  const last = model.length - 1;
  for (const [revision, state] of model.entries()) {
    if (revision < from) continue;
    for (const at of revision === last ? [toRevision(revision), undefined] : [toRevision(revision)]) {
      const listed = await records.list('thing', '', at);
      assert.deepEqual(
        listed.records.map(({ name, value }) => [name, value]),
        [...state].sort(byName),
      );
      const prefixed = await records.list('thing', 'a', at);
      assert.deepEqual(names(prefixed.records), [...state.keys()].filter((name) => name.startsWith('a')).sort());
      assert.equal((await records.get('thing', 'ab', at))?.value, state.get('ab'));
    }
  }
}
