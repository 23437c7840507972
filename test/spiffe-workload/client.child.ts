/** A workload: prints the state of its X.509 source, one line each, until it is killed or its input ends. */
import { randomBytes } from 'node:crypto';

import { systemTimers } from '../../src/identity/timers.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { X509Source } from '../../src/protocols/spiffe-workload/client.ts';

const [path = ''] = process.argv.slice(2);
const source = new X509Source({
  endpoint: { kind: 'unix', path },
  clock: systemClock,
  timers: systemTimers,
  random: (bytes) => randomBytes(bytes),
});
source.onState((state) => {
  const ids = state.kind === 'ready' ? state.context.svids.map(({ id }) => id) : [];
  process.stdout.write(`${JSON.stringify({ kind: state.kind, ids, code: state.problem?.code })}\n`);
});
process.stdin.resume().on('end', () => process.exit());
