import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openFileSigner } from '../../src/ledger/file-signer.ts';
import { readEvents } from '../../src/ledger/read-events.ts';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';

const ROUNDS = 50;
const PROGRAM = fileURLToPath(new URL('append-until-killed.child.ts', import.meta.url));

const root = await mkdtemp(join(tmpdir(), 'countersign-crash-'));
after(() => rm(root, { recursive: true, force: true }));

/** Lines of the child's life: it is killed after it has said so many, wherever it then is. */
async function runUntilKilled(lines: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [PROGRAM, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    seen += chunk.split('\n').length - 1;
    if (seen >= lines) child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.deepEqual([code, signal], [null, 'SIGKILL'], said.slice(-500));
  // The last line may be cut off; what is whole was acknowledged.
  return said.split('\n').slice(0, -1);
}

test('fifty kills lose nothing that was acknowledged, break no chain, and leave a gap on record each', async () => {
  const acknowledged = new Map<string, number | undefined>();
  for (let round = 0; round < ROUNDS; round += 1) {
    // From the first moment of a life to some hundred events into it.
    const lines = await runUntilKilled(1 + Math.floor(Math.random() ** 2 * 400));
    assert.match(lines[0] ?? '', /^opened \d+$/u);
    for (const line of lines.slice(1)) {
      const [, sequence, id] = /^(?:required|at (\d+)) (\w{16})$/u.exec(line) ?? [];
      assert.ok(id !== undefined, line);
      acknowledged.set(id, sequence === undefined ? undefined : Number(sequence));
    }
  }
  assert.ok(acknowledged.size > ROUNDS, `only ${acknowledged.size} events were acknowledged`);

  const signer = await openFileSigner(join(root, 'key'));
  assert.ok(signer.ok);
  const report = await verifyLedger(join(root, 'ledger'), signer.value.verifierKey);
  assert.ok(report.kind === 'intact', report.kind === 'damaged' ? report.problem.message : '');
  assert.ok(report.segments > 1, 'no rotation was met');

  let gaps = 0;
  let next = 0;
  for await (const { sequence, event } of readEvents(join(root, 'ledger'))) {
    assert.equal(sequence, next);
    next += 1;
    if (event.kind === 'ledger.gap') {
      gaps += 1;
      assert.equal(event.data['reason'], 'crash');
      assert.equal(event.data['lastSequence'], sequence === 0 ? null : sequence - 1);
    }
    const promised = acknowledged.get(event.id);
    if (promised !== undefined) assert.equal(sequence, promised);
    acknowledged.delete(event.id);
  }
  assert.deepEqual([...acknowledged.keys()], [], 'acknowledged, and not there');
  // Every life but the first found that the one before had not closed.
  assert.equal(gaps, ROUNDS - 1);
});
