import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { parseEffectiveIds, parseProcessStat, readEffectiveIds, readProcessStat } from './process-stat.ts';

test('our own process is read as Node knows it', () => {
  const stat = readProcessStat(process.pid);
  assert.equal(stat?.parentPid, process.ppid);
  assert.equal(stat.state, 'R');
  assert.deepEqual(readEffectiveIds(process.pid), { uid: process.geteuid?.(), gid: process.getegid?.() });
});

test('a program named like the rest of the line changes nothing of what is read', () => {
  const rest = Array.from({ length: 48 }, (_, index) => index);
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.nat(4_194_304), fc.nat(2 ** 40), (name, parent, start) => {
      const fields = ['S', parent, ...rest.slice(0, 17), start, ...rest];
      const text = `77 (${name}) ${fields.join(' ')}\n`;
      assert.deepEqual(parseProcessStat(text), { state: 'S', parentPid: parent, startTicks: start });
    }),
    {
      examples: [
        ['a) R 1 2 3', 5, 6],
        [') ', 5, 6],
        ['((', 5, 6],
      ],
    },
  );
});

test('a text of another shape is not read, and never throws', () => {
  for (const text of ['', ')', '1 (a', '1 (a) S', '1 (a) S x 3', '1 (a) SS 2 '.padEnd(80, '3 ')]) {
    assert.equal(parseProcessStat(text), undefined);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseProcessStat(text);
      parseEffectiveIds(text);
    }),
  );
});

test('the second number of the uid line is the effective one', () => {
  const text = 'Name:\tUid:\\n\nUmask:\t0022\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n';
  assert.deepEqual(parseEffectiveIds(text), { uid: 2, gid: 6 });
  assert.equal(parseEffectiveIds('Uid:\t1\t2\t3\t4\n'), undefined);
});

test('a process that is not there is not read', () => {
  assert.equal(readProcessStat(2 ** 30), undefined);
  assert.equal(readEffectiveIds(2 ** 30), undefined);
});
