/**
 * Appends to the ledger of a directory until it is killed, and tells on standard output what was acknowledged: a line
 * `opened SIZE`, then a line `r|p SEQUENCE? ID` per event, written only after the promise settled.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';

import { systemClock } from '../../src/kernel/clock.ts';
import { makeEventId } from '../../src/kernel/event-id.ts';
import type { LedgerEvent } from '../../src/kernel/ledger-event.ts';
import { openOrCreateFileSigner } from '../../src/ledger/file-signer.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';

const [directory = ''] = process.argv.slice(2);
const signer = await openOrCreateFileSigner(`${directory}/key`, 'example.org/ledger');
if (!signer.ok) throw new Error(signer.problem.message);
const ledger = await openLedger({
  directory: `${directory}/ledger`,
  signer: signer.value,
  clock: systemClock,
  // Small, so that rotations and checkpoints are killed too.
  limits: { segmentBytes: 96 * 1024, checkpointEvents: 50 },
});
say(`opened ${ledger.size}`);

await Promise.all([alone(), alone(), inBatches(), promptly()]);

async function alone(): Promise<never> {
  for (;;) {
    const event = makeEvent();
    await ledger.record(event, 'required');
    say(`required ${event.id}`);
  }
}

async function inBatches(): Promise<never> {
  for (;;) {
    const events = Array.from({ length: 20 }, makeEvent);
    const { first } = await ledger.append(events);
    say(events.map(({ id }, index) => `at ${first + index} ${id}`).join('\n'));
  }
}

/** Not awaited to be durable, so nothing is said: these may be lost, and must not break anything. */
async function promptly(): Promise<never> {
  for (;;) {
    await ledger.record(makeEvent(), 'prompt');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** In one write that is done when it returns: a kill cannot take back what was said. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function makeEvent(): LedgerEvent {
  const time = Date.now();
  const actor = { type: 'workload', id: 'spiffe://shop.example/ns/web/sa/frontend' } as const;
  return { id: makeEventId(time, randomBytes), time, kind: 'decision', actor, data: { effect: 'allow' } };
}
